import type { Account } from '../accounts/account.ts';

/**
 * A browser that a person has asked to be remembered, after an approved sign-in: for some days their password is
 * enough there. What stands for it is a cookie that changes at every use (`remembered-cookie.ts`), so that a copy shows:
 * whoever comes second comes with an old value. Pure rules over plain values; times are epoch ms on the store's clock.
 */
export interface RememberedBrowser {
  /** Names it in lists; opens nothing. */
  readonly id: string;
  /** SHA-256 of the cookie's random half. */
  readonly series: string;
  /** Which value of the cookie is the newest; 0 is the first. */
  readonly generation: number;
  /** When the newest value was handed out … */
  readonly rotatedAt: number;
  /** … and whether its answer has arrived: the browser went on to its session. */
  readonly confirmed: boolean;
  /** SHA-256 of the `browser` cookie it was made beside. */
  readonly browser: string;
  /** Ids of the devices that the account had then. */
  readonly devices: readonly string[];
  readonly createdAt: number;
  readonly usedAt: number;
  readonly expiresAt: number;
  /** As the server saw it, for the list people choose from. */
  readonly seen: { readonly browser: string; readonly system: string; readonly place: string | null };
}

/** `keys.remembered(sub)`: all of one account's in one record, so that ending all of them is one write. */
export interface RememberedList {
  readonly v: 1;
  readonly browsers: readonly RememberedBrowser[];
}

/** What makes one void by itself, whoever forgot to end it. */
export interface Standing {
  readonly account: Pick<Account, 'notBefore' | 'passwordChangedAt'>;
  /** Ids of the account's active devices. */
  readonly devices: readonly string[];
  /** How long the configuration lets one be remembered now. */
  readonly lifeMs: number;
}

/** More would be a list that nobody reads; the one not used for the longest time goes. */
export const MOST_REMEMBERED = 10;

/**
 * The value before the newest one is good for so long: two tabs may send it at once, and an answer may be lost. Only
 * beside the same `browser` cookie.
 */
export const GRACE_MS = 60_000;

/**
 * - `newest`: rotate, and let in.
 * - `replaced`: the value just replaced; let in, with the newest value again.
 * - `stolen`: an old value after a newer one was in use: two hold copies.
 * - `void`: nothing is proved, and this one ends.
 * - `unknown`: nothing is proved, and there is nothing to end.
 */
export type Verdict = 'newest' | 'replaced' | 'stolen' | 'void' | 'unknown';

/** @param shown what an authentic cookie says, and the `browser` cookie beside it. */
export function judge(
  one: RememberedBrowser | undefined,
  shown: { readonly generation: number; readonly browser: string },
  standing: Standing,
  now: number,
): Verdict {
  if (!one) return 'unknown';
  if (!isGood(one, standing, now) || one.browser !== shown.browser) return 'void';
  const behind = one.generation - shown.generation;
  if (behind === 0) return 'newest';
  if (behind === 1 && now < one.rotatedAt + GRACE_MS) return 'replaced';
  // An answer that never arrived leaves an honest browser with the old value; it asks a device again. A value from the
  // future is a store that has lost a write.
  if (behind < 0 || (behind === 1 && !one.confirmed)) return 'void';
  return 'stolen';
}

/**
 * Whether it stands at all: a password changed, a sign-out everywhere ("Secure my account" is one), or one of the
 * devices of that time gone, and it does not.
 */
export function isGood(one: RememberedBrowser, { account, devices, lifeMs }: Standing, now: number): boolean {
  const made = Math.floor(one.createdAt / 1000);
  return (
    now < Math.min(one.expiresAt, one.createdAt + lifeMs) &&
    made > account.notBefore &&
    made >= (account.passwordChangedAt ?? 0) &&
    one.devices.every((id) => devices.includes(id))
  );
}

export function rotate(one: RememberedBrowser, now: number): RememberedBrowser {
  return { ...one, generation: one.generation + 1, rotatedAt: now, confirmed: false, usedAt: now };
}

/** With a new one, which takes the place of the same browser's. */
export function withNew(list: RememberedList | undefined, made: RememberedBrowser): RememberedList {
  const others = (list?.browsers ?? [])
    .filter(({ browser, expiresAt }) => browser !== made.browser && expiresAt > made.createdAt)
    .sort((a, b) => b.usedAt - a.usedAt)
    .slice(0, MOST_REMEMBERED - 1);
  return { v: 1, browsers: [...others, made] };
}

/** With one of them replaced. */
export function withChanged(list: RememberedList, changed: RememberedBrowser): RememberedList {
  return { v: 1, browsers: list.browsers.map((one) => (one.id === changed.id ? changed : one)) };
}

/** A record of another version was written by another release: it is void (F26). */
export function readList(
  record: { readonly value?: unknown; readonly dead?: boolean } | undefined,
): RememberedList | undefined {
  const value = record?.dead ? undefined : (record?.value as RememberedList | undefined);
  return value?.v === 1 ? value : undefined;
}
