import type { Throttle } from '../limits/throttle.ts';
import type { PasswordCheck } from '../password/check-password.ts';
import { type SetPasswordParts, setFirstPassword } from '../password/set-password.ts';
import { MINUTE } from '../store/keys.ts';
import type { Account } from './account.ts';

export interface InvitationPasswordParts extends SetPasswordParts {
  readonly check: PasswordCheck;
  readonly throttle: Throttle;
}

export interface TypedPassword {
  readonly password: string;
  readonly again: string;
  /** Of the browser. */
  readonly address: string;
  /** SHA-256 of the `browser` cookie, or empty. */
  readonly browserHash: string;
}

export type PasswordStep =
  | { readonly ok: true; readonly set: boolean }
  | {
      readonly ok: false;
      /** A choice that will not do is nobody's attempt to get in. */
      readonly reason: 'unfit' | 'wrong' | 'wait';
      /** For the person, in a sentence or more. */
      readonly problem?: string;
      readonly retryAfterS?: number;
    };

/** Each try hashes: what holds the link must not keep the hash queue busy. */
const TRIES = { name: 'invitation-password', max: 20, windowMs: 10 * MINUTE };
const SET_MEANWHILE = 'A password was set for this account meanwhile. Give that one.';

/** The password step of an invitation: set one where there is none, else give the existing one, under its throttles. */
export async function invitationPassword(
  parts: InvitationPasswordParts,
  account: Account,
  typed: TypedPassword,
): Promise<PasswordStep> {
  const { password, address, browserHash } = typed;
  if (account.passwordHash !== null) {
    const result = await parts.check.check({ name: account.userName, password, address, browserHash });
    if (result.ok && result.account.sub === account.sub) return { ok: true, set: false };
    if (!result.ok && result.reason === 'wait') return tooOften(result.retryAfterS);
    return { ok: false, reason: 'wrong', problem: 'That password is not right.' };
  }
  if (password !== typed.again) return unfit('The two passwords are not the same.');
  const taken = await parts.throttle.take(TRIES, account.sub);
  if (!taken.allowed) return tooOften(Math.ceil(taken.retryAfterMs / 1000));
  const result = await setFirstPassword(parts, account, password);
  if (result.ok) return { ok: true, set: true };
  return unfit(result.problems.map(({ text }) => text).join(' ') || SET_MEANWHILE);
}

function unfit(problem: string): PasswordStep {
  return { ok: false, reason: 'unfit', problem };
}

function tooOften(retryAfterS: number): PasswordStep {
  return { ok: false, reason: 'wait', retryAfterS };
}
