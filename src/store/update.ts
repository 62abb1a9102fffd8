import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { StoreContended } from './errors.ts';
import type { Found, Key, Live, Store, Version } from './port.ts';

const ATTEMPTS = 50;

/** What `change` decides: a value to write, with the wake (see `PutOptions`) and life it wants, or `undefined` to leave things alone. */
export interface Change<T> {
  readonly value: T;
  readonly ttlMs?: number | null | 'keep';
  readonly wake?: string;
  readonly carry?: boolean;
}

export interface Updated<T> {
  readonly value: T;
  readonly version: Version;
}

/**
 * Read, decide, compare-and-set, again while somebody else was faster (up to 50 times, with jitter).
 *
 * @param change pure: it may run several times. Gets the live record or `undefined`.
 * @param found what the key held a moment ago, where the caller has read it already.
 * @returns what was written, or `undefined` when `change` declined or the key holds a tombstone.
 * @throws StoreContended after 50 lost attempts.
 */
export async function update<T>(
  store: Store,
  key: Key,
  change: (current: Live<T> | undefined) => Change<T> | undefined,
  { found: read }: { readonly found?: Promise<Found<T>> } = {},
): Promise<Updated<T> | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = await (attempt === 0 && read ? read : store.get<T>(key));
    if (found?.dead) return undefined;
    const next = change(found);
    if (!next) return undefined;
    const version = await store.put(key, next.value, {
      if: found ? { version: found.version } : 'absent',
      ttlMs: next.ttlMs === undefined ? 'keep' : next.ttlMs,
      ...(next.wake === undefined ? {} : { wake: next.wake, carry: next.carry ?? false }),
    });
    if (version) return { value: next.value, version };
    await delay(randomInt(Math.min(2 ** attempt, 20)));
  }
  throw new StoreContended(`update: ${ATTEMPTS} attempts lost on ${key.split('/')[0]}`);
}
