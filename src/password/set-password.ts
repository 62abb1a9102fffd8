import type { Account } from '../accounts/account.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { HashPool } from './hash-pool.ts';
import { checkNewPassword, type NewPasswordProblem, type NewPasswordRules } from './new-password.ts';
import { preparePassword } from './prepare.ts';

export type SetPasswordRules = Pick<
  NewPasswordRules,
  'minLength' | 'maxLength' | 'blocklist' | 'organisation'
>;

export interface SetPasswordParts {
  readonly accounts: Accounts;
  readonly pool: HashPool;
  readonly rules: SetPasswordRules;
}

export type SetPasswordResult =
  | { readonly ok: true; readonly account: Account }
  | { readonly ok: false; readonly problems: readonly NewPasswordProblem[] };

/**
 * Checks a new password and stores its hash. Whether the caller may do this (an invitation, an admin, a challenge of
 * purpose `factor-change`) is the caller's to know.
 *
 * @throws HashQueueFull, HashFailed, StoreUnavailable; Error when the account is gone.
 */
export async function setPassword(
  parts: SetPasswordParts,
  account: Account,
  password: string,
): Promise<SetPasswordResult> {
  const problems = problemsOf(parts.rules, account, password);
  if (problems.length > 0) return { ok: false, problems };
  const hash = await parts.pool.hash(preparePassword(password, parts.rules.maxLength).text);
  const changed = await parts.accounts.setPassword(account.sub, hash);
  if (!changed) throw new Error('setPassword: the account is gone');
  return { ok: true, account: changed };
}

/**
 * The same for an account that has no password yet. Of any number of parallel callers one sets it.
 *
 * @returns `{ ok: false, problems: [] }` when there is one by now: it is to be asked for instead.
 */
export async function setFirstPassword(
  parts: SetPasswordParts,
  account: Account,
  password: string,
): Promise<SetPasswordResult> {
  const problems = problemsOf(parts.rules, account, password);
  if (problems.length > 0) return { ok: false, problems };
  const hash = await parts.pool.hash(preparePassword(password, parts.rules.maxLength).text);
  const changed = await parts.accounts.setFirstPassword(account.sub, hash);
  if (!changed) throw new Error('setFirstPassword: the account is gone');
  return changed.passwordHash === hash ? { ok: true, account: changed } : { ok: false, problems: [] };
}

function problemsOf(rules: SetPasswordRules, account: Account, password: string): NewPasswordProblem[] {
  const emails = account.emails.map(({ address }) => address);
  return checkNewPassword(password, { ...rules, userName: account.userName, emails });
}
