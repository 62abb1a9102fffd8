import type { Account } from '../accounts/account.ts';
import { freshPassword, neededBy } from '../authorize/chain-result.ts';
import type { Interaction } from '../authorize/interactions.ts';
import { atLeast, type Proof } from '../risk/proof.ts';
import { epochSeconds } from '../session/epoch-seconds.ts';
import { ACR, rank } from '../session/ladder.ts';

/** Who is being asked, and with which proof behind it. */
export interface Asked {
  readonly account: Account;
  readonly browser: string;
  /** A password in this chain, still good. */
  readonly password: boolean;
  /** A session that more than a password has made: its browser may be told what a stranger's may not (R59). */
  readonly proved: boolean;
  /** What policy wants besides; absent when it was not asked yet. */
  readonly needs: Proof | undefined;
}

export interface AskedDependencies {
  readonly accounts: { get(sub: string): Promise<Account | undefined> };
  readonly passwordProofS: number;
  /** Whether a passkey is required of this person at this app by now (epoch ms). */
  readonly passkeyRequired: (person: Account, clientId: string, now: number) => boolean;
}

/** The account that a step after the password is about, or what stands in the way. */
export async function askedIn(
  { accounts, passwordProofS, passkeyRequired }: AskedDependencies,
  interaction: Interaction,
): Promise<Asked | 'password-again' | 'nobody'> {
  const { result, session, browser } = interaction;
  if (browser === undefined) return 'nobody';
  const sub = result?.password?.accountId ?? session?.accountId;
  const account = sub === undefined ? undefined : await accounts.get(sub);
  if (!account || account.disabled) return 'password-again';
  const fresh = freshPassword(result, {
    now: epochSeconds(),
    lifeS: passwordProofS,
    notBefore: account.notBefore,
    passwordChangedAt: account.passwordChangedAt,
  });
  if (result?.password && !fresh) return 'password-again';
  const wanted = neededBy(result);
  // Asked here and not in the chain alone: the date may come, or a session of before it may step up.
  const required = passkeyRequired(account, interaction.clientId, Date.now());
  const needs = required ? atLeast(wanted ?? 'none', 'passkey') : wanted;
  const password = fresh !== undefined;
  return { account, browser, password, proved: !password && rank(session?.acr) > rank(ACR.pwd), needs };
}

/** Whether no push is offered and none counts: the app asks for more than one proves, or policy does (R48). */
export function onlyPasskey({ required }: Pick<Interaction, 'required'>, needs: Proof | undefined): boolean {
  return required > rank(ACR.push) || needs === 'passkey';
}
