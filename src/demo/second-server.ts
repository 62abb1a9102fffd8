import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Environment } from '../config/environment.ts';
import { DemoProblem } from './demo-problem.ts';

export interface SecondServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Another server process on the same store, on a free port: the demo's device talks to this one, the browser to the
 * first, and what one of them writes wakes the other.
 *
 * @throws DemoProblem when it does not start
 */
export async function startSecondServer(environment: Environment, logFile: string): Promise<SecondServer> {
  // `.ts` in the source, `.js` in the build
  const file = import.meta.filename.replace(/(\.[jt]s)$/, '-process$1');
  const child = fork(file, {
    env: { ...environment, COUNTERSIGN_HTTP_PORT: '0', COUNTERSIGN_LOG_FILE: logFile },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const started = once(child, 'message').then(
    ([message]) => message as { port: number } | { problem: string },
  );
  const said = await Promise.race([started, ended.then(() => ({ problem: 'it ended at once' }))]);
  if ('problem' in said) throw new DemoProblem(`The second server process did not start: ${said.problem}`);
  return {
    port: said.port,
    async close() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

/** Sends what is meant for the issuer to another process; what is signed still names the issuer. */
export function fetchFrom(
  issuer: string,
  port: number,
  fetch: typeof globalThis.fetch,
): typeof globalThis.fetch {
  const { hostname } = new URL(issuer);
  const there = `http://${hostname}:${port}`;
  return (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    return fetch(url.startsWith(`${issuer}/`) ? there + url.slice(issuer.length) : url, init);
  };
}
