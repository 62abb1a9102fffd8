import type { Operation } from './operations.ts';

/** Rows a table may lose in one transaction, so that a sweep never delays a sign-in's write for long. */
const CHUNK = 500;

/**
 * Removes expired rows now and then. Nothing depends on it: an expired row is absent whether or not it was swept.
 *
 * @returns stops it.
 */
export function startSweeper(run: (operation: Operation) => Promise<unknown>, everyMs: number): () => void {
  let timer: NodeJS.Timeout;
  let stopped = false;

  const wait = (ms: number) => {
    if (stopped) return;
    timer = setTimeout(sweep, ms);
    timer.unref();
  };
  const sweep = () => {
    run({ kind: 'sweep', now: Date.now(), limit: CHUNK }).then(
      (removed) => wait(Number(removed) >= CHUNK ? 10 : everyMs),
      // The store says so itself on every other call; the sweeper just tries again.
      () => wait(everyMs),
    );
  };
  wait(everyMs);
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
