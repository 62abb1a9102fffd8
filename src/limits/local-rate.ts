import { createHash, randomBytes } from 'node:crypto';

/**
 * How often one neighbour may ask, counted in this process only: for requests that cost the store something before
 * anybody has proved anything, so that counting them must not cost the store, too.
 */
export interface LocalRate {
  /** Counts one. @returns 0 when it may go on, else the seconds to wait. */
  take(subject: string): number;
}

/** Neighbours remembered in one window; beyond them, strangers share counts. */
const MOST_SUBJECTS = 50_000;

/** Many, and nobody outside knows who shares which: who fills the table cannot then shut out everybody else. */
const SHARED_COUNTS = 4096;

export function createLocalRate(
  rule: { readonly max: number; readonly windowMs: number },
  now: () => number = Date.now,
): LocalRate {
  const salt = randomBytes(16);
  const shared = (subject: string) =>
    `shared ${createHash('sha256').update(salt).update(subject).digest().readUInt32BE(0) % SHARED_COUNTS}`;
  let started = now();
  let counts = new Map<string, number>();
  return {
    take(subject) {
      const at = now();
      if (at - started >= rule.windowMs || at < started) {
        started = at;
        counts = new Map();
      }
      const key = counts.has(subject) || counts.size < MOST_SUBJECTS ? subject : shared(subject);
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      return count <= rule.max ? 0 : Math.max(1, Math.ceil((started + rule.windowMs - at) / 1000));
    },
  };
}
