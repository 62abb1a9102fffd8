import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { keys } from '../store/keys.ts';
import type { Store } from '../store/port.ts';
import { equalText } from './equal-text.ts';

const WINDOW_MS = 5 * 60_000;
const PROOFS = 'device-nonce';

export interface ServerNonces {
  /**
   * The nonce to sign with now.
   *
   * @param use what it is for and for whom; a nonce of one use is none of another. Default: proofs, for everybody.
   */
  current(use?: string): Promise<string>;
  isFresh(nonce: string, use?: string): Promise<boolean>;
}

/**
 * RFC 9449 section 8 without a record for each nonce: HMAC of the number of the 5-minute window, with a key that all
 * processes share through the store. The windows before and after count too, since clocks of nodes differ.
 */
export function createServerNonces(store: Store, now: () => number = Date.now): ServerNonces {
  let known: Promise<KeyObject> | undefined;

  async function secret(): Promise<KeyObject> {
    known ??= loadSecret(store);
    try {
      return await known;
    } catch (error) {
      known = undefined;
      throw error;
    }
  }

  /** Of proofs, for everybody: asked for at every call of every device, and the same for five minutes. */
  let common: { readonly window: number; readonly nonce: string } | undefined;

  async function nonceOf(use: string, window: number): Promise<string> {
    if (use === PROOFS && common?.window === window) return common.nonce;
    const nonce = await newNonce(use, window);
    if (use === PROOFS) common = { window, nonce };
    return nonce;
  }

  async function newNonce(use: string, window: number): Promise<string> {
    return createHmac('sha256', await secret())
      .update(`${use} ${window}`)
      .digest()
      .subarray(0, 16)
      .toString('base64url');
  }

  const window = () => Math.floor(now() / WINDOW_MS);
  return {
    current: (use = PROOFS) => nonceOf(use, window()),
    async isFresh(nonce, use = PROOFS) {
      const at = window();
      for (const candidate of [at, at - 1, at + 1])
        if (equalText(nonce, await nonceOf(use, candidate))) return true;
      return false;
    },
  };
}

async function loadSecret(store: Store): Promise<KeyObject> {
  const key = keys.deviceNonce('secret');
  await store.put(key, { secret: randomBytes(32).toString('base64url') }, { if: 'absent', ttlMs: null });
  const found = await store.get<{ secret: string }>(key);
  if (!found || found.dead) throw new Error('the key of the device nonces cannot be read back');
  return createSecretKey(found.value.secret, 'base64url');
}
