import { relative } from 'node:path';
import { runTerminalDevice } from '../terminal-device/run.ts';
import { createReadlineUi, type TerminalUi } from '../terminal-device/terminal-ui.ts';
import { oneQuestionAtATime } from './demo-phone.ts';
import { DEMO_PASSWORD, DEMO_USER } from './demo-records.ts';
import type { DemoSettings } from './demo-settings.ts';
import type { DemoStage } from './stage.ts';

export interface DemoTerminalOptions {
  readonly stage: DemoStage;
  readonly settings: DemoSettings;
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WritableStream;
  readonly cwd: string;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly stop: AbortController;
}

/** What to open and with which password, then the demo device, until it is stopped. */
export async function runDemoTerminal(options: DemoTerminalOptions): Promise<void> {
  const { stage, settings, output, stop, cwd } = options;
  output.write(welcome(stage, settings, cwd));
  const ui = oneQuestionAtATime(lastingUi(options));
  const ended = new AbortController();
  const signal = AbortSignal.any([stop.signal, ended.signal]);
  const { device: client, issuer, phones } = stage;
  const confirming = phones.confirmIn(ui, signal);
  try {
    const outcome = await runTerminalDevice({ client, issuer, ui, signal });
    if (outcome === 'removed') ui.show('Start the demo again for a new demo device.');
  } finally {
    ended.abort();
    await confirming;
    ui.close();
  }
}

function welcome(
  { issuer, appOrigin, services, devicePort }: DemoStage,
  settings: DemoSettings,
  cwd: string,
): string {
  const here = (path: string) => {
    const inside = relative(cwd, path);
    return inside.startsWith('..') ? path : inside;
  };
  const kept = services.store.engine === 'redis' ? 'in Redis' : `in ${here(settings.dataDir)}`;
  const second =
    settings.processes > 1
      ? [`  Device     its requests go to a second server process, on port ${devicePort}`]
      : [];
  return [
    '',
    'Countersign is running, with a demo app, a demo user and her device.',
    '',
    `  Open       ${appOrigin}   and click Sign in`,
    `  User name  ${DEMO_USER}`,
    `  Password   ${DEMO_PASSWORD}`,
    '',
    `This terminal is ${DEMO_USER}’s device. Her requests appear here: type the number that the browser`,
    'shows and a to approve, or d to deny, or r to report.',
    '',
    'A browser window can be her phone, too, as a person’s own would be. Open it beside the first;',
    'this terminal then asks whether it shows the same fingerprint:',
    '',
    `  Phone      ${appOrigin}/phone`,
    '',
    `  Provider   ${issuer}, everything kept ${kept}`,
    `  Log        ${here(settings.logFile)}`,
    ...second,
    '  Stop       Ctrl-C; the next start goes on from here, --fresh starts over',
    '',
    'Waiting for a request.',
    '',
  ].join('\n');
}

/** A terminal that goes on when its input ends without being one, as in a script: then nobody can answer here. */
function lastingUi({ input, output, stop }: DemoTerminalOptions): TerminalUi & { close(): void } {
  let ended = false;
  const ui = createReadlineUi({
    input,
    output,
    onInterrupt() {
      if (input.isTTY) return stop.abort();
      ended = true;
      output.write('The input has ended: this terminal shows requests, but cannot answer them.\n');
    },
  });
  return {
    show: ui.show,
    ask: async (question, signal) => {
      if (!ended) return ui.ask(question, signal);
      if (!signal.aborted)
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      return undefined;
    },
    close: ui.close,
  };
}
