import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { CommandFailed } from './output.ts';

const LONGEST = 64 * 1024;

/**
 * A password from standard input: typed twice at a terminal without being shown, or the whole of a pipe less one line
 * break at its end. Never from the command line, where every process of the machine could read it.
 *
 * @throws CommandFailed
 */
export async function readPassword(): Promise<string> {
  const password = process.stdin.isTTY ? await typedTwice() : await piped();
  if (password === '') throw new CommandFailed('the password is empty; nothing was changed');
  return password;
}

async function piped(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > LONGEST) throw new CommandFailed('the password on standard input is too long');
  }
  return text.replace(/\r?\n$/, '');
}

async function typedTwice(): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  const stop = new AbortController();
  lines.on('SIGINT', () => stop.abort());
  const ask = async (question: string) => {
    process.stderr.write(question);
    try {
      return await lines.question('', { signal: stop.signal });
    } catch {
      throw new CommandFailed('stopped; nothing was changed');
    } finally {
      process.stderr.write('\n');
    }
  };
  try {
    const first = await ask('New password: ');
    if (first !== (await ask('The same again: '))) {
      throw new CommandFailed('the two passwords are not the same; nothing was changed');
    }
    return first;
  } finally {
    lines.close();
  }
}
