import { randomBytes } from 'node:crypto';
import type { JWK } from 'jose';
import { DAY, MINUTE, keys as storeKeys } from '../store/keys.ts';
import type { Store } from '../store/port.ts';
import { update } from '../store/update.ts';
import {
  inSigningOrder,
  keysWanted,
  makeSigningKey,
  nextChange,
  type RotationPlan,
  type SigningKey,
  withoutRetired,
} from './signing-keys.ts';

/** Topic that tells every process that keys have changed. */
const KEYS_TOPIC = 'keys';

const RETRY_MS = 60_000;
/** setTimeout's own limit, in ms. */
const LONGEST_TIMER = 2 ** 31 - 1;

interface SigningRecord {
  readonly v: 1;
  readonly keys: readonly SigningKey[];
}

interface CookieRecord {
  readonly v: 1;
  readonly keys: readonly { readonly secret: string; readonly createdAt: number }[];
}

/** What a Provider is built from; it reads keys once, in its constructor. */
export interface KeySet {
  readonly jwks: readonly JWK[];
  /** The first signs cookies, the others still verify. */
  readonly cookieKeys: readonly string[];
}

export interface Keyring {
  current(): KeySet;
  /** Makes new keys now (published at once, signing after the publish-ahead time), of every algorithm. */
  rotate(): Promise<{ kid: string; alg: string; signsFrom: number }[]>;
  /** Called with the new set whenever it changes, in any process, or when a published key starts to sign. */
  onChange(listener: (set: KeySet) => void): void;
  close(): Promise<void>;
}

/** Cookie keys are replaced together with the signing keys; the last ones still verify sessions in use. */
const COOKIE_KEYS_KEPT = 3;
/** A new cookie key only verifies at first: every process has to know it before the first cookie is signed with it. */
const COOKIE_KEY_AHEAD_MS = MINUTE;
/** No session lives longer: however often keys are rotated in that time, nobody is signed out by it. */
const LONGEST_SESSION_MS = DAY;

/**
 * Signing and cookie keys: made at first start, kept in the store, rotated on a schedule with overlap and without a
 * restart. Several processes may start at once: the compare-and-set picks one set for all.
 */
export async function openKeyring(
  store: Store,
  plan: RotationPlan,
  now: () => number = Date.now,
): Promise<Keyring> {
  const listeners: ((set: KeySet) => void)[] = [];
  let signing: readonly SigningKey[] = [];
  let cookies: CookieRecord['keys'] = [];
  let set: KeySet = { jwks: [], cookieKeys: [] };
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const read = async (force: boolean): Promise<SigningKey[]> => {
    const made = await ensureSigning(store, plan, now(), force);
    signing = made.keys;
    cookies = await ensureCookies(store, plan, now(), force);
    announce();
    return made.added;
  };

  // One after the other: what was read earlier must not be announced later.
  let last: Promise<unknown> = Promise.resolve();
  const refresh = (force = false): Promise<SigningKey[]> => {
    const next = last.then(() => read(force));
    last = next.catch(() => {});
    return next;
  };

  const announce = () => {
    const next: KeySet = {
      jwks: inSigningOrder(signing, plan, now()).map((key) => key.jwk),
      cookieKeys: inCookieOrder(cookies, now()).map((key) => key.secret),
    };
    schedule();
    if (sameSet(next, set)) return;
    for (const listener of listeners) listener(next);
    set = next; // only now: what a listener could not take is announced again
  };

  const schedule = () => {
    clearTimeout(timer);
    const ripens = cookies.map(cookieSignsFrom).filter((from) => from > now());
    const at = Math.min(nextChange(signing, plan, now()) ?? Number.POSITIVE_INFINITY, ...ripens);
    if (at === Number.POSITIVE_INFINITY || closed) return;
    timer = setTimeout(
      () => void refresh().catch(tryAgain),
      Math.min(at - now() + 50, LONGEST_TIMER),
    ).unref();
  };

  /** The store is away: the keys at hand stay good, and a due one is made as soon as it is back. */
  const tryAgain = () => {
    clearTimeout(timer);
    if (!closed) timer = setTimeout(() => void refresh().catch(tryAgain), RETRY_MS).unref();
  };

  await refresh();
  const unsubscribe = await store.onWake((topic) => {
    if ((topic === KEYS_TOPIC || topic === '*') && !closed) refresh().catch(tryAgain);
  });

  return {
    current: () => set,
    rotate: async () => (await refresh(true)).map(({ kid, alg, signsFrom }) => ({ kid, alg, signsFrom })),
    onChange: (listener) => {
      listeners.push(listener);
    },
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await unsubscribe();
    },
  };
}

async function ensureSigning(store: Store, plan: RotationPlan, now: number, force: boolean) {
  const key = storeKeys.signingKeys();
  const found = await store.get<SigningRecord>(key);
  const known = found && !found.dead ? found.value.keys : [];
  const wanted = keysWanted(known, plan, now, force);
  const kept = withoutRetired(known, plan, now);
  if (wanted.length === 0 && kept.length === known.length) return { keys: known, added: [] };
  const fresh = await Promise.all(wanted.map(({ alg, signsFrom }) => makeSigningKey(alg, signsFrom, now)));

  let added: SigningKey[] = [];
  const written = await update<SigningRecord>(store, key, (current) => {
    const present = current?.value.keys ?? [];
    const still = keysWanted(present, plan, now, force);
    added = fresh.filter((made) => still.some(({ alg }) => alg === made.alg));
    if (added.length === 0 && present.length > 0 && kept.length === known.length) return undefined;
    return {
      value: { v: 1, keys: withoutRetired([...present, ...added], plan, now) },
      ttlMs: null,
      wake: KEYS_TOPIC,
    };
  });
  if (written) return { keys: written.value.keys, added };
  const again = await store.get<SigningRecord>(key);
  return { keys: again && !again.dead ? again.value.keys : known, added: [] };
}

async function ensureCookies(store: Store, plan: RotationPlan, now: number, force: boolean) {
  const key = storeKeys.cookieKeys();
  const found = await store.get<CookieRecord>(key);
  const known = found && !found.dead ? found.value.keys : [];
  const due = !known[0] || now >= known[0].createdAt + plan.rotateEveryMs || force;
  if (!due) return known;
  const fresh = { secret: randomBytes(32).toString('base64url'), createdAt: now };
  const written = await update<CookieRecord>(store, key, (current) => {
    const present = current?.value.keys ?? [];
    if (present[0] && present[0].createdAt !== known[0]?.createdAt) return undefined;
    return {
      value: { v: 1, keys: stillVerifying([fresh, ...present], now) },
      ttlMs: null,
      wake: KEYS_TOPIC,
    };
  });
  if (written) return written.value.keys;
  const again = await store.get<CookieRecord>(key);
  return again && !again.dead ? again.value.keys : known;
}

const cookieSignsFrom = (key: { readonly createdAt: number }) => key.createdAt + COOKIE_KEY_AHEAD_MS;

/** The newest whose time has come first, since the first one signs; the very first key has nobody to wait for. */
function inCookieOrder(newestFirst: CookieRecord['keys'], now: number): CookieRecord['keys'] {
  const signs = newestFirst.find((key) => cookieSignsFrom(key) <= now) ?? newestFirst.at(-1);
  return signs ? [signs, ...newestFirst.filter((key) => key !== signs)] : [];
}

/** Never fewer than the last three. */
function stillVerifying(newestFirst: CookieRecord['keys'], now: number): CookieRecord['keys'] {
  return newestFirst.filter((_, n) => {
    const successor = newestFirst[n - 1];
    return n < COOKIE_KEYS_KEPT || !successor || now - successor.createdAt < LONGEST_SESSION_MS;
  });
}

function sameSet(a: KeySet, b: KeySet): boolean {
  const ids = (set: KeySet) => [...set.jwks.map((jwk) => jwk.kid), ...set.cookieKeys].join(' ');
  return ids(a) === ids(b);
}
