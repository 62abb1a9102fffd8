import { keys } from '../store/keys.ts';
import type { Live, Store } from '../store/port.ts';
import { hashOfCode, newCode } from './recovery-codes.ts';

/**
 * One code an admin gives a person who cannot use a device for now: typed once, after the password, and good for
 * minutes. 80 random bits, stored as a fast hash for the reason recovery codes are. Its session says what it came by.
 */
export interface Bypass {
  readonly v: 1;
  /** `hashOfCode`. */
  readonly hash: string;
  /** Epoch ms on the store's clock. */
  readonly expiresAt: number;
}

/**
 * Makes it; one given earlier stops working.
 *
 * @returns the code, which is nowhere else, and when it ends (epoch ms).
 */
export async function giveBypass(
  store: Store,
  account: string,
  lifeMs: number,
): Promise<{ readonly code: string; readonly expiresAt: number }> {
  const code = newCode();
  const expiresAt = (await store.now()) + lifeMs;
  const bypass: Bypass = { v: 1, hash: hashOfCode(account, code), expiresAt };
  await store.put(keys.bypass(account), bypass, { if: 'any', ttlMs: lifeMs });
  return { code, expiresAt };
}

/** `true` for the one caller who uses it up: it goes in the very version that was read. */
export function spendBypass(store: Store, account: string, read: Live<Bypass>): Promise<boolean> {
  return store.delete(keys.bypass(account), { if: read.version });
}

/** `false` when there was none. */
export function takeBypassBack(store: Store, account: string): Promise<boolean> {
  return store.delete(keys.bypass(account));
}
