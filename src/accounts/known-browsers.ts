import { keys, names } from '../store/keys.ts';
import type { Store } from '../store/port.ts';

/**
 * A browser is *known* to an account once it finished an approved (or passkey) sign-in of it; a password alone
 * never counts. `browserHash` is the SHA-256 of the `browser` cookie: the cookie's value is nowhere in the store.
 */
interface KnownBrowser {
  readonly v: 1;
}

/** Whether this browser is known to the account: one store call, whatever the answer. */
export async function isKnown(store: Store, sub: string, browserHash: string): Promise<boolean> {
  const found = await store.get<KnownBrowser>(keys.known(sub, browserHash));
  return found !== undefined && !found.dead;
}

/** Makes it known for `ttlMs` from now (again). */
export async function remember(store: Store, sub: string, browserHash: string, ttlMs: number): Promise<void> {
  const known: KnownBrowser = { v: 1 };
  await Promise.all([
    store.put(keys.known(sub, browserHash), known, { if: 'any', ttlMs }),
    store.index.add(names.knownBrowsers(sub), browserHash, { order: Date.now(), ttlMs }),
  ]);
}

/** How many browsers the account knows, for its owner; up to 1,000. */
export async function count(store: Store, sub: string): Promise<number> {
  return (await store.index.page(names.knownBrowsers(sub), { limit: 1000 })).entries.length;
}

/** Every browser of the account is a stranger's again: whoever knew its password may have made one known. */
export async function forgetAll(store: Store, sub: string): Promise<void> {
  for (;;) {
    const { entries } = await store.index.page(names.knownBrowsers(sub), { limit: 200 });
    if (entries.length === 0) return;
    await Promise.all(entries.map(({ member }) => forget(store, sub, member)));
  }
}

export async function forget(store: Store, sub: string, browserHash: string): Promise<void> {
  await Promise.all([
    store.delete(keys.known(sub, browserHash)),
    store.index.remove(names.knownBrowsers(sub), browserHash),
  ]);
}
