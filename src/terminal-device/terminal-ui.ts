import { createInterface } from 'node:readline/promises';

/** Where the terminal device shows and asks; tests and the CLI bring their own. */
export interface TerminalUi {
  /** Prints lines; they hold no control characters. */
  show(text: string): void;
  /** What was typed, or `undefined` when `signal` put an end to the question. */
  ask(question: string, signal: AbortSignal): Promise<string | undefined>;
}

/** The plain one, on a terminal or a pipe. `onInterrupt` is called for Ctrl-C and at the end of input. */
export function createReadlineUi(options: {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly onInterrupt: () => void;
}): TerminalUi & { close(): void } {
  const { input, output, onInterrupt } = options;
  const lines = createInterface({ input, output });
  lines.on('SIGINT', onInterrupt);
  lines.on('close', onInterrupt);
  return {
    show: (text) => void output.write(`${text}\n`),
    async ask(question, signal) {
      try {
        return await lines.question(question, { signal });
      } catch (error) {
        if (!signal.aborted) throw error;
        output.write('\n');
        return undefined;
      }
    },
    close() {
      lines.removeListener('close', onInterrupt);
      lines.close();
    },
  };
}
