import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { CommandFailed } from './output.ts';

/** One line of a file of events: what it says, or what is wrong with it. */
export type EventLine = { readonly event: unknown } | { readonly broken: string };

/** Past this a line is none of ours. */
const MOST = 256 * 1024;

/**
 * The events of files of JSON lines, such as the server's log, in the order of the files; lines of the log that are no
 * events are passed over. `-` is standard input.
 *
 * @throws CommandFailed naming a file that cannot be read.
 */
export async function* eventLines(files: readonly string[]): AsyncGenerator<EventLine> {
  for (const file of files) {
    const input = file === '-' ? process.stdin : createReadStream(file);
    const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
    let n = 0;
    try {
      for await (const line of lines) {
        n++;
        const read = readLine(line);
        if (read && 'broken' in read) yield { broken: `${file}:${n}: ${read.broken}` };
        else if (read) yield read;
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw code === undefined ? error : new CommandFailed(`${file}: cannot be read (${code})`);
    }
  }
}

function readLine(line: string): EventLine | undefined {
  if (line.trim() === '') return undefined;
  if (line.length > MOST) return { broken: 'a line longer than any event' };
  try {
    const event: unknown = JSON.parse(line);
    if (typeof event !== 'object' || event === null || Array.isArray(event))
      return { broken: 'no JSON object' };
    return 'type' in event ? { event } : undefined;
  } catch {
    return { broken: 'no JSON' };
  }
}
