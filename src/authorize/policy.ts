import { errors, type InteractionResults, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import type { Account } from '../accounts/account.ts';
import { exceedsPush } from '../risk/proof.ts';
import { epochSeconds } from '../session/epoch-seconds.ts';
import { ACR, rank } from '../session/ladder.ts';
import { isAsked } from './asked-subject.ts';
import { type ChainResult, freshPassword, neededBy } from './chain-result.ts';
import { policyOf, standInsAt } from './client-policy.ts';
import { cannotBeMet, meets } from './requested-acr.ts';

const { Check, Prompt, base } = interactionPolicy;

/** The library's own login checks; ours say the same things, without giving out a session for half a proof. */
const REPLACED_CHECKS = [
  'login_prompt',
  'no_session',
  'max_age',
  'essential_acr',
  'essential_acrs',
  'id_token_hint',
  'claims_id_token_sub_value',
];

export interface PolicyOptions {
  readonly account: (sub: string) => Promise<Account | undefined>;
  /** Subject identifier of an account at a client (pairwise or not). */
  readonly subjectFor: (accountId: string, oidc: Oidc) => Promise<string>;
  readonly passwordProofS: number;
  /** Whether a passkey is required of this person at this app by now (epoch ms). */
  readonly passkeyRequired: (person: Account, clientId: string, now: number) => boolean;
  /** Rungs under `push` that may stand in for it. */
  readonly standIns: readonly string[];
  readonly session: { readonly lifeS: number; readonly idleS: number };
}

export type Oidc = KoaContextWithOIDC['oidc'];

const resultOf = (oidc: Oidc) => oidc.result as (InteractionResults & ChainResult) | undefined;
/** Whether this chain has applied a login (also one that consent has nulled): what follows is not stale any more. */
const hasLogin = (oidc: Oidc) => 'login' in (resultOf(oidc) ?? {});

/** Whether whoever proved this session was verified themselves, and not just held a device. */
const isPersonVerified = (session: Oidc['session']): boolean => (session?.amr ?? []).includes('user');

/**
 * The prompts of a sign-in, in order: `login` (the password), `push` (the approval), `new-password` (after a report),
 * `consent`. Each line stands for
 * something that went wrong without it; test/walk/ has a scenario for each.
 */
export function buildPolicy(options: PolicyOptions): interactionPolicy.Prompt[] {
  const policy = base();
  const login = policy.get('login');
  if (!login) throw new Error('oidc-provider has no login prompt');
  for (const reason of REPLACED_CHECKS) login.checks.remove(reason);

  const password = async (oidc: Oidc) => {
    const result = resultOf(oidc);
    if (!result?.password) return undefined;
    const account = await options.account(result.password.accountId);
    if (!account || account.disabled) return undefined;
    return freshPassword(result, {
      now: epochSeconds(),
      lifeS: options.passwordProofS,
      notBefore: account.notBefore,
      passwordChangedAt: account.passwordChangedAt,
    });
  };

  /** Since when somebody else is known to have the password of who is signed in, epoch s. */
  const passwordKnownSince = async ({ session }: Oidc) => {
    const account = session?.accountId === undefined ? undefined : await options.account(session.accountId);
    return account?.passwordKnownSince ?? undefined;
  };

  /** Whether what the session proved is too old for this request, so that everything is proved again. */
  const stale = (oidc: Oidc): boolean => {
    if (hasLogin(oidc)) return false;
    const { session, params, client } = oidc;
    if (!session || !params || !client) return true;
    if (oidc.prompts.has('login')) return true;
    const maxAge = params['max_age'];
    if (maxAge !== undefined && session.past(Number(maxAge))) return true;
    const { maxProofAge } = policyOf(client);
    // `past(0)` is false within the same second, so "always" is said outright.
    if (maxProofAge === 'always') return true;
    if (session.past(maxProofAge === 'session' ? options.session.lifeS : maxProofAge)) return true;
    const idle = session.accountId !== undefined && session.exp !== undefined;
    return idle && epochSeconds() > session.exp! - options.session.lifeS + options.session.idleS;
  };

  login.checks.add(
    new Check(
      'unmet',
      'none of the essential acr values is known',
      'unmet_authentication_requirements',
      ({ oidc }) => {
        // Thrown, not asked for: no page could ever satisfy it, with prompt=none or without.
        if (cannotBeMet(oidc.params ?? {})) {
          throw new errors.UnmetAuthenticationRequirements('none of the essential acr values is known');
        }
        return false;
      },
    ),
  );
  login.checks.add(
    new Check('password', 'the person has to sign in', 'login_required', async ({ oidc }) => {
      if (!oidc.account && hasLogin(oidc)) return true;
      return (!oidc.account || stale(oidc)) && !(await password(oidc));
    }),
  );
  login.checks.add(
    new Check('subject', 'another account is asked for', 'login_required', async ({ oidc }) => {
      const accountId = (await password(oidc))?.accountId ?? oidc.session?.accountId;
      return !(await isAsked(oidc.params ?? {}, accountId, (sub) => options.subjectFor(sub, oidc)));
    }),
  );

  const push = new Prompt(
    { name: 'push', requestable: false },
    new Check('approval', 'an approval is needed', 'interaction_required', async ({ oidc }) => {
      const result = resultOf(oidc);
      if (oidc.deviceCode && !result?.push && !result?.passkey) return true;
      if (!oidc.session?.accountId || !oidc.client) return true;
      const { client, session, params } = oidc;
      const policy = policyOf(client);
      const standIns = standInsAt(client.clientId, policy, options.standIns);
      if (!meets(params ?? {}, policy.floor, session.acr, standIns)) return true;
      // A session of before the date of a requirement, or of an app it is not about.
      if (rank(session.acr) < rank(ACR.phr)) {
        const account = await options.account(oidc.session.accountId);
        if (account && options.passkeyRequired(account, client.clientId, Date.now())) return true;
      }
      // Policy wants a passkey after this password, or for this step up: nothing else of this chain stands in for it.
      const needs = neededBy(result);
      if (needs === 'passkey' && !result?.passkey) return true;
      // More than an ordinary approval: no rung that stands in for one will do either.
      if (exceedsPush(needs) && !result?.push && !result?.passkey) return true;
      if (policy.proof === 'push-verified' && !isPersonVerified(session)) return true;
      if (stale(oidc) || (!!result?.password && !hasLogin(oidc))) return true;
      // Somebody else has the password: what it has opened without a device's word or an admin's is shut.
      const opened = session.acr === ACR.pwd || session.acr === ACR.remembered;
      return opened && (await passwordKnownSince(oidc)) !== undefined;
    }),
  );
  policy.add(push, 1);

  const newPassword = new Prompt(
    { name: 'new-password', requestable: false },
    new Check('reported', 'the password has to be another', 'interaction_required', async ({ oidc }) => {
      const { session } = oidc;
      if (rank(session?.acr) < rank(ACR.push)) return false;
      const since = await passwordKnownSince(oidc);
      // Who was signed in before the report changes it when they like, or at the next sign-in.
      return since !== undefined && (session?.loginTs ?? 0) >= since;
    }),
  );
  policy.add(newPassword, 2);
  return policy;
}
