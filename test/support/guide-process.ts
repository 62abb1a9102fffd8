import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A program of the guide or of the examples, run as it is. */

/** @throws Error with what it said when it does not listen within 15 s. */
export async function listening(app: ChildProcess, port: number): Promise<void> {
  let said = '';
  app.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  const open = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(port, 'localhost', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
  for (const until = performance.now() + 15_000; !(await open()); await delay(50)) {
    if (app.exitCode !== null || performance.now() > until) throw new Error(`the app does not run: ${said}`);
  }
}

export async function end(app: ChildProcess): Promise<void> {
  if (app.exitCode !== null || app.signalCode !== null) return;
  const gone = once(app, 'exit');
  app.kill('SIGKILL');
  await gone;
}
