import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** `countersign demo` as a process of its own, its output collected. */
export interface DemoProcess {
  readonly child: ChildProcess;
  /** Everything written so far. */
  readonly stdout: string;
  readonly stderr: string;
  /** The first match in what is written from now on or was written since the last match. @throws when it ends before */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  type(line: string): void;
  /** Ctrl-C. @returns the exit code */
  stop(): Promise<number | null>;
  /** @returns the exit code */
  ended(): Promise<number | null>;
}

const BIN = join(import.meta.dirname, '..', '..', 'bin', 'countersign.js');

export function startDemoProcess(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd: string = process.cwd(),
): DemoProcess {
  const { REDIS_URL: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [BIN, 'demo', ...args], {
    // the source, whatever is built; cheap hashes, as these tests are not about passwords
    env: {
      ...inherited,
      COUNTERSIGN_PASSWORD_ARGON2_MEMORY_KIB: '7168',
      COUNTERSIGN_PASSWORD_ARGON2_ITERATIONS: '5',
      ...env,
    },
    cwd,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const closed = once(child, 'close').finally(() => process.off('exit', kill));
  const written = { stdout: '', stderr: '' };
  let seen = 0;
  child.stdout.on('data', (chunk) => {
    written.stdout += chunk;
    child.emit('written');
  });
  child.stderr.on('data', (chunk) => {
    written.stderr += chunk;
  });
  const ended = async () => (await closed)[0] as number | null;

  return {
    child,
    get stdout() {
      return written.stdout;
    },
    get stderr() {
      return written.stderr;
    },
    ended,
    async until(pattern) {
      for (;;) {
        const match = pattern.exec(written.stdout.slice(seen));
        if (match) {
          seen += match.index + match[0].length;
          return match;
        }
        const over = await Promise.race([once(child, 'written').then(() => false), closed.then(() => true)]);
        if (over && !pattern.test(written.stdout.slice(seen))) {
          throw new Error(`the demo ended without ${pattern}: ${written.stdout}\n${written.stderr}`);
        }
      }
    },
    type: (line) => void child.stdin.write(`${line}\n`),
    stop() {
      child.kill('SIGINT');
      return ended();
    },
  };
}
