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
  const hashed = await checkedHash(parts, account, password);
  if (!hashed.ok) return hashed;
  const changed = await parts.accounts.setPassword(account.sub, hashed.hash);
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
  const hashed = await checkedHash(parts, account, password);
  if (!hashed.ok) return hashed;
  const changed = await parts.accounts.setFirstPassword(account.sub, hashed.hash);
  if (!changed) throw new Error('setFirstPassword: the account is gone');
  return changed.passwordHash === hashed.hash ? { ok: true, account: changed } : { ok: false, problems: [] };
}

/**
 * A PHC string of a password that fits the rules, or what is wrong with it. Nothing is stored.
 *
 * @throws HashQueueFull, HashFailed.
 */
export async function checkedHash(
  { rules, pool }: Pick<SetPasswordParts, 'rules' | 'pool'>,
  account: Account,
  password: string,
) {
  const emails = account.emails.map(({ address }) => address);
  const problems = checkNewPassword(password, { ...rules, userName: account.userName, emails });
  if (problems.length > 0) return { ok: false as const, problems };
  return { ok: true as const, hash: await pool.hash(preparePassword(password, rules.maxLength).text) };
}
