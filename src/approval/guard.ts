import type { Purpose } from '../protocol/context.ts';
import { limitSubject, networkOf } from '../risk/client-address.ts';

/**
 * What an account's owner has closed to browsers, as plain rules. It stands in the account's record of open requests,
 * so that letting a request in and closing the door are decided in one compare-and-set, and no request slips through
 * in the moment of a report.
 *
 * An attacker who only has the password causes none of this: each of it takes a word of a device, or an admin's.
 */
export interface Guard {
  /** "Secure my account": no browser at all until then. Epoch ms on the store's clock. */
  readonly securedUntil?: number;
  /** "This wasn't me", epoch ms: no unknown browser until the owner proves themselves or an admin clears it. */
  readonly reportedAt?: number;
  /** Newest last. */
  readonly blocks: readonly Block[];
}

export interface Block {
  readonly what: 'browser' | 'address' | 'network';
  readonly value: string;
  /** Epoch ms on the store's clock. */
  readonly until: number;
}

/** Who asks, as far as a guard looks. */
export interface Asker {
  /** SHA-256 of the `browser` cookie. */
  readonly browser: string;
  readonly known: boolean;
  /** Of the browser, and of a device code also that of the device that waits. */
  readonly addresses: readonly string[];
}

/**
 * Who asks. Of a device code the device that waits stands at an address of its own: the one that is shown.
 *
 * @param request.from address of the browser.
 * @param request.shown address in the signed context.
 */
export function askerOf(request: {
  readonly browser: string;
  readonly known: boolean;
  readonly purpose: Purpose;
  readonly from: string;
  readonly shown: string;
}): Asker {
  const { browser, known, purpose, from, shown } = request;
  return { browser, known, addresses: purpose === 'device-code' && shown !== from ? [from, shown] : [from] };
}

/** Whose word opens the door again, from least to most. */
export type LiftedBy = 'proof' | 'device' | 'admin';

const NONE: Guard = { blocks: [] };
/** So many blocks an account keeps; the oldest go first. */
const MOST_BLOCKS = 48;

/** Why this browser reaches no device now; `undefined` when it may ask. */
export function refusal(
  guard: Guard | undefined,
  asker: Asker,
  now: number,
): 'secured' | 'reported' | 'blocked' | undefined {
  if (!guard) return undefined;
  if ((guard.securedUntil ?? 0) > now) return 'secured';
  const standing = guard.blocks.filter(({ until }) => until > now);
  if (standing.some(({ what, value }) => what === 'browser' && value === asker.browser)) return 'blocked';
  // Addresses are shared, so that a browser the owner has proved themselves with is not judged by its neighbours.
  if (asker.known) return undefined;
  if (guard.reportedAt !== undefined) return 'reported';
  const [addresses, networks] = [asker.addresses.map(limitSubject), asker.addresses.map(networkOf)];
  const hit = ({ what, value }: Block) =>
    (what === 'address' && addresses.includes(value)) || (what === 'network' && networks.includes(value));
  return standing.some(hit) ? 'blocked' : undefined;
}

/**
 * After a report: unknown browsers are kept away, and whoever asked is blocked besides, by browser, address and
 * network.
 *
 * @param options.sparesBrowser the browser may be its owner's all the same: of a device code it is the waiting device that is not.
 */
export function reported(
  guard: Guard = NONE,
  asker: Asker,
  {
    now,
    blockMs,
    sparesBrowser,
  }: { readonly now: number; readonly blockMs: number; readonly sparesBrowser: boolean },
): Guard {
  const until = now + blockMs;
  const fresh: Block[] = [
    ...(sparesBrowser ? [] : [{ what: 'browser' as const, value: asker.browser, until }]),
    ...asker.addresses.flatMap((address) => [
      { what: 'address' as const, value: limitSubject(address), until },
      { what: 'network' as const, value: networkOf(address), until },
    ]),
  ];
  const same = (a: Block, b: Block) => a.what === b.what && a.value === b.value;
  const once = fresh.filter((one, i) => fresh.findIndex((other) => same(one, other)) === i);
  const kept = guard.blocks.filter((old) => old.until > now && !once.some((one) => same(one, old)));
  return { ...guard, reportedAt: now, blocks: [...kept, ...once].slice(-MOST_BLOCKS) };
}

/** "Secure my account". Again begins the time anew. */
export function secured(guard: Guard = NONE, until: number): Guard {
  return { ...guard, securedUntil: until };
}

/**
 * Opens the door again: a proof by an approved sign-in in a known browser, or by a passkey, ends what a report began; the
 * device's own word also ends "Secure my account" and gives addresses back, since its owner may be at one of them; an
 * admin's word ends all.
 *
 * @returns the guard as it then is; `undefined` when nothing is left of it.
 */
export function lifted(guard: Guard, by: LiftedBy, now: number): Guard | undefined {
  const { reportedAt: _, securedUntil, ...rest } = guard;
  const blocks = guard.blocks.filter(
    ({ what, until }) => until > now && (by === 'proof' || (by === 'device' && what === 'browser')),
  );
  const closed = by === 'proof' && (securedUntil ?? 0) > now ? { securedUntil: securedUntil! } : {};
  if (blocks.length === 0 && !('securedUntil' in closed)) return undefined;
  return { ...rest, ...closed, blocks };
}

/** Whether that word opens anything. */
export function opens(guard: Guard | undefined, by: LiftedBy, now: number): boolean {
  if (!guard) return false;
  const standing = guard.blocks.filter(({ until }) => until > now).length;
  const left = lifted(guard, by, now);
  return (
    guard.reportedAt !== undefined ||
    ((guard.securedUntil ?? 0) > now && left?.securedUntil === undefined) ||
    standing > (left?.blocks.length ?? 0)
  );
}

/** When nothing of it holds any more, epoch ms; `null` when only a word can end it. */
export function endsAt(guard: Guard | undefined): number | null {
  if (!guard) return 0;
  if (guard.reportedAt !== undefined) return null;
  return Math.max(0, guard.securedUntil ?? 0, ...guard.blocks.map(({ until }) => until));
}
