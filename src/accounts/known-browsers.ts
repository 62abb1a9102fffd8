import { keys, names } from '../store/keys.ts';
import type { Store } from '../store/port.ts';
import { update } from '../store/update.ts';

/**
 * A browser is *known* to an account once it finished an approved (or passkey) sign-in of it; a password alone
 * never counts. `browserHash` is the SHA-256 of the `browser` cookie: the cookie's value is nowhere in the store.
 */
interface KnownBrowser {
  readonly v: 1;
  /** A passkey of the account was made or used in it: it comes first there. */
  readonly passkey?: true;
  /** A passkey was offered in it and not wanted: not again before then (epoch ms). */
  readonly offerAfter?: number;
}

/** What one account knows of one browser. */
export interface BrowserStanding {
  readonly known: boolean;
  readonly passkey: boolean;
  /** Epoch ms; 0 = at any time. */
  readonly offerAfter: number;
}

const standing = (value: KnownBrowser | undefined): BrowserStanding => ({
  known: value !== undefined,
  passkey: value?.passkey ?? false,
  offerAfter: value?.offerAfter ?? 0,
});

/** One store call, whatever the answer. */
export async function standingOf(store: Store, sub: string, browserHash: string): Promise<BrowserStanding> {
  return standing((await store.get<KnownBrowser>(keys.known(sub, browserHash)))?.value);
}

/** Whether this browser is known to the account: one store call, whatever the answer. */
export async function isKnown(store: Store, sub: string, browserHash: string): Promise<boolean> {
  return (await standingOf(store, sub, browserHash)).known;
}

/** Makes it known for `ttlMs` from now (again); what is remembered of it besides stays. */
export async function remember(
  store: Store,
  sub: string,
  browserHash: string,
  ttlMs: number,
  more: Pick<KnownBrowser, 'passkey' | 'offerAfter'> = {},
): Promise<BrowserStanding> {
  const [written] = await Promise.all([
    update<KnownBrowser>(store, keys.known(sub, browserHash), (current) => ({
      value: { ...current?.value, v: 1, ...more },
      ttlMs,
    })),
    store.index.add(names.knownBrowsers(sub), browserHash, { order: Date.now(), ttlMs }),
  ]);
  return standing(written?.value);
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
