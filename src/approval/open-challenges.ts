import type { Elsewhere } from '../risk/elsewhere.ts';
import type { Coordinates } from '../risk/geo-records.ts';
import { type Asker, endsAt, type Guard, refusal } from './guard.ts';

/**
 * The open challenges of one account and what its owner has closed, kept in one record: superseding, the limit, the
 * device's list and a report are then one compare-and-set (R12).
 */
export interface OpenChallenge {
  readonly chain: string;
  readonly id: string;
  readonly browser: string;
  readonly known: boolean;
  /** Where it was asked from: in words, as an ISO country, on the globe; `null` when nothing is known. */
  readonly place?: string | null;
  readonly country?: string | null;
  readonly at?: Coordinates | null;
  /** Epoch ms; absent in records of an older release. */
  readonly askedAt?: number;
  /** Epoch ms. */
  readonly expiresAt: number;
}

export interface OpenChallenges {
  readonly v: 1;
  readonly open: readonly OpenChallenge[];
  readonly guard?: Guard;
}

export interface OpenLimits {
  /** Open at once for browsers the account does not know … */
  readonly unknown: number;
  /** … and kept besides for the ones it knows. */
  readonly known: number;
}

/** Why no device gets to see a challenge. For the audit log and known browsers; no other page tells (R42). */
export type Withheld = 'no-device' | 'limit' | 'wrong-numbers' | 'open' | 'secured' | 'reported' | 'blocked';

export interface Admission {
  readonly next: OpenChallenges;
  /** Absent: devices get to see it. */
  readonly withheld?: Withheld;
  /** Chains of the same browser whose challenge this one replaces. */
  readonly superseded: readonly string[];
}

/**
 * Lets a new challenge in. The same browser's older ones give way; nobody's challenge ever gives way to another
 * browser's, and past the limit, or where its owner has closed the account to it, the new one is not listed and takes
 * nobody's place.
 *
 * @param already why it is not to be listed whatever this record says.
 */
export function admit(
  current: OpenChallenges | undefined,
  entry: OpenChallenge,
  asker: Asker,
  limits: OpenLimits,
  now: number,
  already?: Withheld,
): Admission {
  const alive = (current?.open ?? []).filter((one) => one.expiresAt > now && one.chain !== entry.chain);
  const superseded = alive.filter((one) => one.browser === entry.browser).map((one) => one.chain);
  const others = alive.filter((one) => one.browser !== entry.browser);
  const sameClass = others.filter((one) => one.known === entry.known).length;
  const full = sameClass >= (entry.known ? limits.known : limits.unknown);
  const withheld = refusal(current?.guard, asker, now) ?? already ?? (full ? ('open' as const) : undefined);
  return {
    next: withGuard(withheld ? others : [...others, entry], current?.guard),
    ...(withheld ? { withheld } : {}),
    superseded,
  };
}

/** Without one challenge, or without all that one browser has open; `undefined` when that changes nothing. */
export function remove(
  current: OpenChallenges | undefined,
  what: { readonly id: string } | { readonly browser: string },
  now: number,
): OpenChallenges | undefined {
  const goes = (one: OpenChallenge) => ('id' in what ? one.id === what.id : one.browser === what.browser);
  if (!current?.open.some(goes)) return undefined;
  return withGuard(
    current.open.filter((one) => !goes(one) && one.expiresAt > now),
    current.guard,
  );
}

export function withGuard(open: readonly OpenChallenge[], guard: Guard | undefined): OpenChallenges {
  return { v: 1, open, ...(guard ? { guard } : {}) };
}

/** How long the record is kept, ms: at least `leastMs`, and as long as anything is closed; `null` for ever. */
export function lifeOf({ guard }: OpenChallenges, leastMs: number, now: number): number | null {
  const until = endsAt(guard);
  return until === null ? null : Math.max(leastMs, until - now);
}

/** A record of another version was written by another release: it is void (F26). */
export function readOpen(
  record: { readonly value?: unknown; readonly dead?: boolean } | undefined,
): OpenChallenges | undefined {
  const value = record?.dead ? undefined : (record?.value as OpenChallenges | undefined);
  return value?.v === 1 ? value : undefined;
}

/**
 * Other browsers whose request of this account is open, newest first: two at once, far apart, are seldom one person.
 *
 * @param browser the one that asks now: its own earlier requests are no signal.
 */
export function openElsewhere(
  current: OpenChallenges | undefined,
  browser: string,
  now: number,
): readonly Elsewhere[] {
  return (current?.open ?? [])
    .filter((one) => one.browser !== browser && one.expiresAt > now && one.askedAt !== undefined)
    .sort((a, b) => b.askedAt! - a.askedAt!)
    .map(({ place = null, country = null, at = null, askedAt }) => ({
      place,
      country,
      at,
      secondsAgo: Math.max(0, Math.round((now - askedAt!) / 1000)),
    }));
}
