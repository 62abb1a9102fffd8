import { randomBytes } from 'node:crypto';
import { keys } from '../store/keys.ts';
import type { Store } from '../store/port.ts';

interface CookieKey {
  readonly v: 1;
  /** base64url, 256 bit. */
  readonly key: string;
}

/** The key of remembered browsers' cookies, made at the first start that needs it; the same in every process. */
export async function loadRememberedKey(store: Store): Promise<Buffer> {
  const found = await store.get<CookieKey>(keys.rememberedKey());
  if (found?.value) return Buffer.from(found.value.key, 'base64url');
  const made: CookieKey = { v: 1, key: randomBytes(32).toString('base64url') };
  await store.put(keys.rememberedKey(), made, { if: 'absent', ttlMs: null });
  return loadRememberedKey(store);
}
