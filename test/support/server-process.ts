import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { Called, ServerCall, ServerCalls, Told } from './server-calls.ts';
import type { TestServer } from './start-server.ts';
import type { WorldOptions } from './walk-world.ts';

const CHILD = join(import.meta.dirname, 'server-process-child.ts');
const CALLS: readonly ServerCall[] = [
  'slow',
  'take',
  'spend',
  'confirmEnrolment',
  'cancelEnrolment',
  'rotateKeys',
  'signOutEverywhere',
];

/** A server in an operating system process of its own. */
export interface ServerProcess extends ServerCalls {
  readonly pid: number;
  /** Where it listens on the loopback. */
  readonly port: number;
  /** Lets it stop in order, and waits until it is gone. */
  close(): Promise<void>;
}

/**
 * Starts a process with a server beside another one: the same store, issuer and clients.
 *
 * @param options of `createWorld`; only what can travel to another process.
 * @throws Error with what it says when it does not come up.
 */
export async function startServerProcess(
  beside: TestServer,
  options: Pick<WorldOptions, 'config' | 'clients' | 'redisUrl'>,
): Promise<ServerProcess> {
  const child = fork(CHILD, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const started = Promise.withResolvers<number>();
  const gone = Promise.withResolvers<void>();
  child.on('message', (told: Told) => {
    if ('port' in told) started.resolve(told.port);
    else if ('problem' in told) started.reject(new Error(told.problem));
    else {
      const asked = waiting.get(told.id);
      waiting.delete(told.id);
      if ('failure' in told) asked?.reject(new Error(told.failure));
      else asked?.resolve(told.result);
    }
  });
  child.once('exit', (code, signal) => {
    const ended = new Error(`the process of a server ended: ${code ?? signal}`);
    started.reject(ended);
    for (const { reject } of waiting.values()) reject(ended);
    gone.resolve();
  });

  const { issuer, dataDir, redisPrefix } = beside;
  child.send({ ...options, beside: { issuer, dataDir, redisPrefix } });
  const port = await started.promise;

  let next = 0;
  const ask = (call: ServerCall, args: readonly unknown[]) => {
    const asked = Promise.withResolvers<unknown>();
    const id = next++;
    waiting.set(id, asked);
    child.send({ id, call, args } satisfies Called);
    return asked.promise;
  };
  const calls = Object.fromEntries(CALLS.map((call) => [call, (...args: unknown[]) => ask(call, args)]));
  return {
    ...(calls as unknown as ServerCalls),
    pid: child.pid!,
    port,
    async close() {
      if (child.connected) child.disconnect();
      await gone.promise;
    },
  };
}
