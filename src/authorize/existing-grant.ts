import type { Grant, KoaContextWithOIDC } from 'oidc-provider';
import { covers, readConsent, type Wanted } from '../consent/consent.ts';
import type { Store } from '../store/port.ts';
import type { ChainResult } from './chain-result.ts';
import { type ClientPolicy, policyOf } from './client-policy.ts';
import { claimsOfScopes, needConsent } from './scope-claims.ts';

/** What a request asks a grant for: OpenID scopes, and scopes by resource. */
function wantedBy(oidc: KoaContextWithOIDC['oidc']): Wanted {
  const resources: Record<string, string[]> = {};
  for (const [indicator, server] of Object.entries(oidc.resourceServers ?? {})) {
    const known = new Set(server.scope?.split(' ') ?? []);
    resources[indicator] = [...oidc.requestParamScopes].filter((scope) => known.has(scope));
  }
  return {
    scopes: [...oidc.requestParamOIDCScopes],
    claims: needConsent(oidc.requestParamClaims),
    resources,
  };
}

/** What an ID token may hold has to be in the grant claim by claim. */
const grantedClaims = (wanted: Wanted, policy: ClientPolicy) =>
  policy.claimsInIdToken ? [...wanted.claims, ...claimsOfScopes(wanted.scopes)] : [...wanted.claims];

export function addWanted(grant: Grant, wanted: Wanted, policy: ClientPolicy): void {
  if (wanted.scopes.length > 0) grant.addOIDCScope(wanted.scopes.join(' '));
  const claims = grantedClaims(wanted, policy);
  if (claims.length > 0) grant.addOIDCClaims(claims);
  for (const [resource, scopes] of Object.entries(wanted.resources)) {
    if (scopes.length > 0) grant.addResourceScope(resource, scopes.join(' '));
  }
}

function grantCovers(grant: Grant, wanted: Wanted, policy: ClientPolicy): boolean {
  const scopes = grant.getOIDCScope().split(' ');
  const claims = grant.getOIDCClaims();
  return (
    wanted.scopes.every((scope) => scopes.includes(scope)) &&
    grantedClaims(wanted, policy).every((claim) => claims.includes(claim)) &&
    Object.entries(wanted.resources).every(([resource, list]) => {
      const has = grant.getResourceScope(resource).split(' ');
      return list.every((scope) => has.includes(scope));
    })
  );
}

const browserAuthorizations = new WeakMap<object, { readonly had: unknown }>();

function keepBrowserAuthorization(oidc: KoaContextWithOIDC['oidc'], had: unknown): void {
  if (!browserAuthorizations.has(oidc)) browserAuthorizations.set(oidc, { had: structuredClone(had) });
}

/** What the browser's session held for the client before a device code was approved in it. */
export function browserAuthorizationBefore(
  oidc: KoaContextWithOIDC['oidc'],
): { readonly had: unknown } | undefined {
  return browserAuthorizations.get(oidc);
}

/**
 * `loadExistingGrant` of oidc-provider: the grant this request may use without asking.
 *
 * One grant a session and client, because sign-out and replays revoke it and a shared one would end other browsers'
 * refresh tokens; the consent record, not the grant, remembers what was agreed. A device code gets its own.
 */
export async function loadExistingGrant(ctx: KoaContextWithOIDC, store: Store): Promise<Grant | undefined> {
  const { oidc } = ctx;
  const { client, session, account, provider } = oidc;
  if (!client || !session || !account) return undefined;

  if (oidc.deviceCode) keepBrowserAuthorization(oidc, session.authorizations?.[client.clientId]);

  const result = oidc.result as ChainResult | undefined;
  // Before its approval a device code needs none, and none is made for nothing.
  if (oidc.deviceCode && !result?.push && !result?.passkey) return undefined;

  const consented = result?.consent?.grantId;
  if (consented) return provider.Grant.find(consented);

  const policy = policyOf(client);
  if (oidc.prompts.has('consent') && !policy.firstParty) return undefined;

  const wanted = wantedBy(oidc);
  const ownId = oidc.deviceCode ? undefined : session.grantIdFor(client.clientId);
  const own = ownId ? await provider.Grant.find(ownId) : undefined;
  if (own && grantCovers(own, wanted, policy)) return own;

  const agreed =
    policy.firstParty || covers(await readConsent(store, account.accountId, client.clientId), wanted);
  if (!agreed) return own;
  const grant = own ?? new provider.Grant({ accountId: account.accountId, clientId: client.clientId });
  addWanted(grant, wanted, policy);
  await grant.save();
  return grant;
}
