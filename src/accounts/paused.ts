import { keys } from '../store/keys.ts';
import type { Store } from '../store/port.ts';

/**
 * A person has closed push to browsers their account does not know ("Secure my account"). It ends by itself, so that
 * nobody is locked out for good by a device that is lost afterwards.
 */
interface Paused {
  readonly v: 1;
  /** Epoch ms on the store's clock. */
  readonly until: number;
}

/** @returns until when, epoch ms on the store's clock. Again begins the time anew. */
export async function pause(store: Store, sub: string, ms: number): Promise<number> {
  const until = (await store.now()) + ms;
  const paused: Paused = { v: 1, until };
  await store.put(keys.paused(sub), paused, { if: 'any', ttlMs: ms });
  return until;
}

/** One store call, whatever the answer (R42). */
export async function pausedUntil(store: Store, sub: string): Promise<number | undefined> {
  return (await store.get<Paused>(keys.paused(sub)))?.value?.until;
}

/** `true` for the one caller who ended it. */
export async function resume(store: Store, sub: string): Promise<boolean> {
  return store.delete(keys.paused(sub));
}
