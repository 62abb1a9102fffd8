import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import type { Usage } from './probe.ts';

const PROBE = pathToFileURL(`${import.meta.dirname}/probe.ts`).href;

const alive = new Set<() => void>();
process.once('exit', () => {
  for (const kill of alive) kill();
});

/** A process of its own, so that its CPU time and memory are nobody else's. */
export interface Child {
  readonly pid: number;
  /** Resolves with the next message that `wanted` takes. @throws Error when the process ends first. */
  next<T>(wanted: (message: unknown) => message is T): Promise<T>;
  /** Sends a message and resolves with the answer of the same `id`. */
  ask<T>(what: string, data?: unknown): Promise<T>;
  /** @param collect after a garbage collection. */
  usage(collect?: boolean): Promise<Usage>;
  stop(): Promise<void>;
}

export interface ChildOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** @param file a .ts file of the benchmarks or the command line's entry. */
export function startChild(file: string, options: ChildOptions = {}): Child {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(COUNTERSIGN_|REDIS_)/.test(name));
  const child = spawn(process.execPath, ['--import', PROBE, file, ...(options.args ?? [])], {
    env: { ...Object.fromEntries(inherited), ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said = (said + String(chunk)).slice(-4000);
  });
  const kill = () => child.kill('SIGKILL');
  alive.add(kill);
  let asked = 0;

  function next<T>(wanted: (message: unknown) => message is T): Promise<T> {
    return new Promise((resolve, reject) => {
      const onMessage = (message: unknown) => {
        if (wanted(message)) settle(() => resolve(message));
      };
      const onExit = () => settle(() => reject(new Error(`${file} ended: ${said}`)));
      const settle = (how: () => void) => {
        child.off('message', onMessage).off('exit', onExit);
        how();
      };
      child.on('message', onMessage).on('exit', onExit);
    });
  }

  return {
    pid: child.pid ?? 0,
    next,
    async ask<T>(what: string, data?: unknown) {
      const id = ++asked;
      const answered = next(
        (m): m is { readonly id: number; readonly answer?: T; readonly failed?: string } =>
          hasField(m, 'id', id),
      );
      send(child, { id, ask: what, data });
      const { answer, failed } = await answered;
      if (failed !== undefined) throw new Error(`${what}: ${failed}`);
      return answer as T;
    },
    async usage(collect = false) {
      const answered = next((m): m is { readonly usage: Usage } => hasField(m, 'usage'));
      send(child, { probe: collect ? 'collect' : 'usage' });
      return (await answered).usage;
    },
    async stop() {
      alive.delete(kill);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const hard = setTimeout(kill, 3000);
      await ended;
      clearTimeout(hard);
    },
  };
}

function send(child: ChildProcess, message: object): void {
  if (child.connected) child.send(message);
}

function hasField(message: unknown, name: string, value?: unknown): boolean {
  if (typeof message !== 'object' || message === null || !(name in message)) return false;
  return value === undefined || (message as Record<string, unknown>)[name] === value;
}

type Handlers = Record<string, (data: never) => unknown>;

/** The child's end of `ask`. */
export function answerAsks(handlers: Handlers): void {
  process.on('message', async (message: { id?: number; ask?: string; data?: unknown }) => {
    if (message?.ask === undefined) return;
    const { id } = message;
    try {
      const handler = handlers[message.ask];
      if (!handler) throw new Error('not known here');
      process.send?.({ id, answer: await handler(message.data as never) });
    } catch (error) {
      process.send?.({ id, failed: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  // The channel keeps this process alive; it ends with its parent.
  process.once('disconnect', () => process.exit(0));
  process.channel?.ref();
}
