import type { Account } from '../accounts/account.ts';
import { challengeIn } from './client-challenge.ts';
import type { Passkey } from './passkey.ts';
import type { ChallengeScope, PasskeyChallenges } from './passkey-challenges.ts';
import type { PasskeyParty } from './passkey-party.ts';
import type { Passkeys } from './passkeys.ts';
import { readAssertion } from './responses.ts';
import { PasskeyInvalid, type PasskeyRefusal, verifyPasskey } from './verify-passkey.ts';

/**
 * A passkey is shown. Anybody may call it; an attacker here may hold assertions that other pages or other chains
 * obtained. What bounds them: the challenge, which is spent before anything else is looked at, and is good for one
 * chain, one browser and one use. What they must not learn: which credentials and accounts there are. Every refusal
 * is one answer.
 */
export interface TakePasskeyDependencies {
  readonly passkeys: Passkeys;
  readonly challenges: PasskeyChallenges;
  readonly accounts: { get(sub: string): Promise<Account | undefined> };
  readonly party: PasskeyParty;
}

export interface PasskeyAttempt {
  readonly scope: ChallengeScope;
  /** JSON of the page's `PublicKeyCredential`. */
  readonly credential: string;
  /** Whose it has to be; absent = whose it is says who signs in. */
  readonly account?: string;
  /** The authenticator has to verify the person. */
  readonly requireUser: boolean;
}

export type TakenPasskey =
  | {
      readonly ok: true;
      readonly account: Account;
      readonly passkey: Passkey;
      readonly userVerified: boolean;
    }
  | {
      readonly ok: false;
      readonly reason: PasskeyRefusal;
      /** For the audit log only: no page may tell. */
      readonly account: string | undefined;
    };

export async function takePasskey(
  deps: TakePasskeyDependencies,
  attempt: PasskeyAttempt,
): Promise<TakenPasskey> {
  const { passkeys, party } = deps;
  const refused = (reason: PasskeyRefusal, account?: string): TakenPasskey => ({
    ok: false,
    reason,
    account,
  });

  const assertion = readAssertion(attempt.credential);
  const challenge = assertion && challengeIn(assertion.response.clientDataJSON);
  if (!assertion || challenge === undefined) return refused('malformed');
  if (!(await deps.challenges.spend(attempt.scope, challenge))) return refused('challenge');

  const found = await passkeys.find(assertion.id);
  if (!found) return refused('unknown');
  const { account: sub, handle, passkey } = found;
  if (attempt.account !== undefined && sub !== attempt.account) return refused('account', sub);
  // Who is not known beforehand is named by the authenticator too (section 7.2 step 6).
  if (attempt.account === undefined && !assertion.response.userHandle) return refused('account', sub);
  try {
    const { requireUser } = attempt;
    const verified = await verifyPasskey({ assertion, passkey, handle, party, challenge, requireUser });
    const { userVerified, ...news } = verified;
    const account = await deps.accounts.get(sub);
    if (!account || account.disabled) return refused('account', sub);
    if (!(await passkeys.noteUse(found, news))) return refused('counter', sub);
    return { ok: true, account, passkey, userVerified };
  } catch (error) {
    if (!(error instanceof PasskeyInvalid)) throw error;
    return refused(error.code, sub);
  }
}
