/**
 * The open challenges of one account, kept in one record: superseding, the limit and the device's list are then one
 * compare-and-set (R12).
 */
export interface OpenChallenge {
  readonly chain: string;
  readonly id: string;
  readonly browser: string;
  readonly known: boolean;
  /** Epoch ms. */
  readonly expiresAt: number;
}

export interface OpenChallenges {
  readonly v: 1;
  readonly open: readonly OpenChallenge[];
}

export interface OpenLimits {
  /** Open at once for browsers the account does not know … */
  readonly unknown: number;
  /** … and kept besides for the ones it knows. */
  readonly known: number;
}

export interface Admission {
  readonly next: OpenChallenges;
  /** Whether devices get to see it. */
  readonly admitted: boolean;
  /** Chains of the same browser whose challenge this one replaces. */
  readonly superseded: readonly string[];
}

/**
 * Lets a new challenge in. The same browser's older ones give way; nobody's challenge ever gives way to another
 * browser's, and past the limit the new one is not listed.
 */
export function admit(
  current: OpenChallenges | undefined,
  entry: OpenChallenge,
  limits: OpenLimits,
  now: number,
  wanted: boolean,
): Admission {
  const alive = (current?.open ?? []).filter((one) => one.expiresAt > now && one.chain !== entry.chain);
  const superseded = alive.filter((one) => one.browser === entry.browser).map((one) => one.chain);
  const others = alive.filter((one) => one.browser !== entry.browser);
  const sameClass = others.filter((one) => one.known === entry.known).length;
  const admitted = wanted && sameClass < (entry.known ? limits.known : limits.unknown);
  return { next: { v: 1, open: admitted ? [...others, entry] : others }, admitted, superseded };
}

/** Without one challenge, or without all that one browser has open; `undefined` when that changes nothing. */
export function remove(
  current: OpenChallenges | undefined,
  what: { readonly id: string } | { readonly browser: string },
  now: number,
): OpenChallenges | undefined {
  const goes = (one: OpenChallenge) => ('id' in what ? one.id === what.id : one.browser === what.browser);
  if (!current?.open.some(goes)) return undefined;
  return { v: 1, open: current.open.filter((one) => !goes(one) && one.expiresAt > now) };
}
