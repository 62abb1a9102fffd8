import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from './start-server.ts';

const ENTRY = resolve(import.meta.dirname, '../../bin/countersign.js');

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that goes on until it is stopped. */
export interface RunningCli {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves when its output matches. @throws Error with the output when it ends or 45 s pass before. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>;
  stop(signal?: NodeJS.Signals): Promise<CliResult>;
}

export interface CliWorld {
  readonly dir: string;
  readonly issuer: string;
  readonly port: number;
  /** Runs `countersign …` to its end in a folder with a configuration of its own. */
  run(
    args: readonly string[],
    options?: { readonly stdin?: string; readonly env?: NodeJS.ProcessEnv },
  ): Promise<CliResult>;
  /** `--json`, parsed; @throws Error unless it ends well. */
  json<T>(args: readonly string[], options?: { readonly stdin?: string }): Promise<T>;
  start(args: readonly string[]): RunningCli;
  close(): Promise<void>;
}

/**
 * The command line as people have it: the entry file as a child process, on a temporary folder.
 *
 * @param entry another one than the sources', e.g. beside compiled files.
 */
export async function createCliWorld(config: Record<string, unknown> = {}, entry = ENTRY): Promise<CliWorld> {
  const dir = await mkdtemp(join(tmpdir(), 'countersign-cli-'));
  const port = await freePort();
  const issuer = `http://localhost:${port}`;
  const argon2 = { memoryKiB: 7168, iterations: 5, parallelism: 1, threads: 1 };
  await mkdir(join(dir, 'config'));
  const content = { issuer, http: { port }, password: { argon2 }, ...config };
  await writeFile(join(dir, 'config', 'countersign.yaml'), JSON.stringify(content));
  const running = new Set<RunningCli>();

  function launch(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(COUNTERSIGN_|REDIS_)/.test(name));
    return spawn(process.execPath, [entry, ...args], {
      cwd: dir,
      env: { ...Object.fromEntries(inherited), HOME: dir, ...env },
    });
  }

  function start(args: readonly string[]): RunningCli {
    const child = launch(args);
    const out = collect(child);
    const cli: RunningCli = {
      child,
      stdout: () => out.stdout,
      stderr: () => out.stderr,
      waitFor: (pattern) =>
        new Promise((done, failed) => {
          const fail = () => failed(new Error(`no ${pattern} in:\n${out.stdout}\n${out.stderr}`));
          const timer = setTimeout(fail, 45_000);
          const look = () => {
            const match = pattern.exec(out.stdout) ?? pattern.exec(out.stderr);
            if (match) {
              clearTimeout(timer);
              done(match);
            }
          };
          child.stdout.on('data', look);
          child.stderr.on('data', look);
          child.once('close', () => {
            look();
            clearTimeout(timer);
            fail();
          });
          look();
        }),
      stop: async (signal = 'SIGTERM') => {
        running.delete(cli);
        if (child.exitCode === null) {
          const ended = new Promise((done) => child.once('close', done));
          child.kill(signal);
          await ended;
        }
        return { code: child.exitCode, ...out };
      },
    };
    running.add(cli);
    return cli;
  }

  async function run(
    args: readonly string[],
    { stdin = '', env }: { readonly stdin?: string; readonly env?: NodeJS.ProcessEnv } = {},
  ): Promise<CliResult> {
    const child = launch(args, env);
    const out = collect(child);
    child.stdin.on('error', () => {}); // it may have ended before it read anything
    child.stdin.end(stdin);
    const code = await new Promise<number | null>((done) => child.once('close', done));
    return { code, ...out };
  }

  return {
    dir,
    issuer,
    port,
    run,
    start,
    async json(args, options) {
      const result = await run([...args, '--json'], options);
      if (result.code !== 0)
        throw new Error(`countersign ${args.join(' ')}: ${result.code} ${result.stderr}`);
      return JSON.parse(result.stdout);
    },
    async close() {
      for (const cli of [...running]) await cli.stop('SIGKILL');
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function collect(child: ChildProcess) {
  const out = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    out.stdout += chunk;
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    out.stderr += chunk;
  });
  return out;
}
