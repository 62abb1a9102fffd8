import { isDeepStrictEqual } from 'node:util';
import type { Account } from '../accounts/account.ts';
import type { Challenge } from '../approval/challenge.ts';
import type { Passkey } from '../passkey/passkey.ts';
import type { SignedContext } from '../protocol/context.ts';

/**
 * One change of how a person signs in, begun on their own pages, as pure functions.
 *
 *     open → asked → done         the person says what is to change, an old device approves exactly that
 *     open | asked → cancelled
 *
 * An attacker may hold a session of these pages, taken over by a phishing relay: the approval that made it is no use
 * here. What bounds them is the old device, which shows and signs what will change (R24).
 */
export interface Change {
  readonly v: 1;
  /** 144 random bits; also the chain of its challenge. Only the session that began it may use it. */
  readonly id: string;
  readonly account: string;
  /** Id of its owner. */
  readonly session: string;
  /** SHA-256 of the `browser` cookie. */
  readonly browser: string;
  readonly act: Act;
  readonly state: 'open' | 'asked' | 'done' | 'cancelled';
  /** What devices are asked to approve, word by word; from `asked` on. */
  readonly words?: ChangeWords;
  /** A passkey's word, from `done` on; a device's is in the challenge. */
  readonly approvedBy?: Approver;
  /** It was written down and the other devices were told. */
  readonly told?: true;
}

/** Who may begin a change and go on with it: a session of these pages, or a sign-in that is finished, in one browser. */
export interface ChangeOwner {
  readonly account: Account;
  readonly id: string;
  readonly browser: string;
}

/** Whose word a change has: a device's approval, or an assertion of a passkey made for it. */
export interface Approver {
  readonly kind: 'device' | 'passkey';
  /** As the audit log names it. */
  readonly id: string;
}

export type Act =
  | { readonly kind: 'add-device'; readonly enrolment: string; readonly thumbprint?: string }
  | { readonly kind: 'remove-device'; readonly device: string }
  /** The passkey once it was made, in the browser, and looked at. */
  | { readonly kind: 'add-passkey'; readonly passkey?: Passkey }
  /** Its credential id. */
  | { readonly kind: 'remove-passkey'; readonly passkey: string }
  | { readonly kind: 'recovery-codes' }
  /** Codes of devices without network. */
  | { readonly kind: 'offline-code-on' }
  | { readonly kind: 'offline-code-off'; readonly generation: string }
  /** PHC string of the new password; and when (epoch s) the one it takes the place of was set, which has to be so still. */
  | { readonly kind: 'password'; readonly hash: string; readonly changedAt: number | null };

export type ChangeWords = NonNullable<SignedContext['change']>;

/**
 * The person has said yes to it in the browser. Saying it again is saying it once; another device's key than the one
 * said yes to is refused.
 */
export function ask(change: Change, act: Act, words: ChangeWords): Change | undefined {
  if (change.state === 'asked' && isDeepStrictEqual([change.act, change.words], [act, words])) return change;
  return change.state === 'open' ? { ...change, act, words, state: 'asked' } : undefined;
}

/** Right before it takes effect. Again, since a crash may lie between the two. */
export function finish(change: Change, by: Approver): Change | undefined {
  if (change.state === 'done') return change;
  if (change.state !== 'asked') return undefined;
  return { ...change, state: 'done', ...(by.kind === 'passkey' ? { approvedBy: by } : {}) };
}

/** After it took effect: `undefined` for everybody but the first. */
export function tell(change: Change): Change | undefined {
  return change.state === 'done' && !change.told ? { ...change, told: true } : undefined;
}

export function cancel(change: Change): Change | undefined {
  return change.state === 'done' || change.state === 'cancelled'
    ? undefined
    : { ...change, state: 'cancelled' };
}

/** Whether a challenge was made for exactly this change: another purpose, or other words, are no approval of it (R24). */
export function isFor(challenge: Challenge, change: Change): boolean {
  return (
    challenge.purpose === 'factor-change' &&
    challenge.context.purpose === 'factor-change' &&
    challenge.chain === change.id &&
    challenge.account === change.account &&
    challenge.browser === change.browser &&
    change.words !== undefined &&
    isDeepStrictEqual(challenge.context.change, change.words)
  );
}
