import { type Client, type Configuration, errors, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import { claimsFor } from '../accounts/claims.ts';
import { EXTRA_CLIENT_METADATA, SERVER_SCOPES } from '../clients/metadata.ts';
import { epochSeconds } from '../session/epoch-seconds.ts';
import { keys } from '../store/keys.ts';
import type { Store } from '../store/port.ts';
import { createAdapterFactory } from './adapter/create-adapter.ts';
import type { AdapterDependencies } from './adapter/record-adapter.ts';
import { policyOf } from './client-policy.ts';
import { createCookieSignatures } from './cookie-signatures.ts';
import { loadExistingGrant } from './existing-grant.ts';
import type { KeySet } from './keyring.ts';
import type { LibraryPages } from './library-pages.ts';
import { buildPolicy, type PolicyOptions } from './policy.ts';
import { attachProviderRules, type RulesDependencies } from './provider-rules.ts';
import { cookieNames, ROUTES } from './routes.ts';
import { SCOPE_CLAIMS } from './scope-claims.ts';
import { pairwiseSubject, type ServerSecrets, subjectFor } from './server-secrets.ts';

export interface ResourceSetting {
  readonly indicator: string;
  readonly scopes: readonly string[];
  readonly audience?: string | undefined;
  readonly accessTokenFormat: 'opaque' | 'jwt';
}

export interface ProviderOptions {
  readonly issuer: string;
  readonly store: Store;
  readonly adapter: AdapterDependencies;
  readonly secrets: ServerSecrets;
  readonly pages: LibraryPages;
  readonly onLogin: RulesDependencies['onLogin'];
  readonly pushRate: RulesDependencies['pushRate'];
  readonly fetch?: typeof fetch;
  readonly resources: readonly ResourceSetting[];
  /** What people can reach, for `acr_values_supported`. */
  readonly acrValues: readonly string[];
  readonly features: { readonly requestObjects: boolean; readonly deviceFlow: boolean };
  /** All in seconds. */
  readonly ttl: {
    readonly session: number;
    readonly idle: number;
    readonly interaction: number;
    readonly passwordProof: number;
    readonly accessToken: number;
    readonly jwtAccessToken: number;
    readonly idToken: number;
    readonly authorizationCode: number;
    readonly deviceCode: number;
    readonly pushedRequest: number;
    readonly refreshFamily: number;
  };
  /** Rungs under `push` that may stand in for it. */
  readonly standIns: readonly string[];
  readonly passkeyRequired: PolicyOptions['passkeyRequired'];
}

const DAY_S = 86_400;
/** Grants outlive the longest refresh family by a day. */
const GRANT_TTL_S = 31 * DAY_S;
const REFRESH_IDLE_S = 14 * DAY_S;

/** FAPI 2.0 Security Profile section 5.3.2.1 wants no rotation where a stolen refresh token is worth nothing anyway. */
function isSenderConstrainedFapi(client: Client | undefined): boolean {
  return (
    client?.clientAuthMethod === 'private_key_jwt' &&
    client.requirePushedAuthorizationRequests === true &&
    client.dpopBoundAccessTokens === true
  );
}

/** RFC 8707: only resources that an admin has declared; JWT access tokens live short, since nothing can call them back. */
function resourceServer(options: ProviderOptions, indicator: string, client: Client) {
  const resource = options.resources.find((one) => one.indicator === indicator);
  if (!resource) throw new errors.InvalidTarget();
  const jwt = resource.accessTokenFormat === 'jwt';
  return {
    scope: resource.scopes.filter((scope) => policyOf(client).scopes.includes(scope)).join(' '),
    audience: resource.audience ?? indicator,
    accessTokenFormat: resource.accessTokenFormat,
    accessTokenTTL: jwt ? options.ttl.jwtAccessToken : options.ttl.accessToken,
    ...(jwt ? { jwt: { sign: { alg: 'ES256' as const } } } : {}),
  };
}

/** Builds oidc-provider on our store, policy and keys. A rotation of keys builds another one. */
export function buildProvider(options: ProviderOptions, keySet: KeySet): Provider {
  const { issuer, store, adapter, secrets, pages, ttl } = options;
  const secure = issuer.startsWith('https:');
  const cookie = { signed: true, httpOnly: true, sameSite: 'lax' as const, secure };

  const configuration: Configuration = {
    adapter: createAdapterFactory(adapter),
    jwks: { keys: [...keySet.jwks] as never },
    cookies: {
      keys: createCookieSignatures(keySet.cookieKeys) as never,
      names: cookieNames(issuer),
      long: { ...cookie, path: '/' } as never,
      short: cookie,
    },
    routes: ROUTES,
    acrValues: [...options.acrValues],
    scopes: [...SERVER_SCOPES],
    claims: SCOPE_CLAIMS as NonNullable<Configuration['claims']>,
    responseTypes: ['code'],
    subjectTypes: ['public', 'pairwise'],
    pairwiseIdentifier: async (_ctx, accountId, client) => pairwiseSubject(secrets, client, accountId),
    extraClientMetadata: { properties: [...EXTRA_CLIENT_METADATA], validator: () => {} },
    // A confidential client may be excused by its own setting; nobody else.
    pkce: { required: (_ctx, client) => client.clientAuthMethod === 'none' || policyOf(client).requirePkce },
    clientBasedCORS: (_ctx, origin, client) => policyOf(client).corsOrigins.includes(origin),
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    allowOmittingSingleRegisteredRedirectUri: false,
    enabledJWA: { dPoPSigningAlgValues: ['ES256', 'Ed25519', 'EdDSA', 'PS256'] },
    interactions: {
      policy: buildPolicy({
        account: adapter.account,
        subjectFor: async (accountId, oidc) =>
          oidc.client ? subjectFor(secrets, oidc.client, accountId) : accountId,
        passwordProofS: ttl.passwordProof,
        standIns: options.standIns,
        passkeyRequired: options.passkeyRequired,
        session: { lifeS: ttl.session, idleS: ttl.idle },
      }),
      url: (_ctx, interaction) => `/interaction/${interaction.uid}`,
    },
    features: {
      devInteractions: { enabled: false },
      claimsParameter: { enabled: true },
      // Resource servers are confidential clients and may ask about any token; an app without a secret about its own.
      introspection: {
        enabled: true,
        allowedPolicy: async (_ctx, client, token) =>
          client.clientAuthMethod !== 'none' || token.clientId === client.clientId,
      },
      revocation: {
        enabled: true,
        allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId,
      },
      backchannelLogout: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
      requestObjects: { enabled: options.features.requestObjects },
      dPoP: {
        enabled: true,
        nonceSecret: Buffer.from(secrets.dpopNonce, 'base64url'),
        requireNonce: () => false,
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => undefined as never,
        useGrantedResource: () => true,
        getResourceServerInfo: async (_ctx, indicator, client) => resourceServer(options, indicator, client),
      },
      deviceFlow: {
        enabled: options.features.deviceFlow,
        charset: 'base-20',
        mask: '****-****',
        userCodeInputSource: pages.userCodeInput,
        userCodeConfirmSource: pages.userCodeConfirm,
        successSource: pages.deviceSuccess,
        deviceInfo: pages.deviceInfo,
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: pages.logout,
        postLogoutSuccessSource: pages.signedOut,
      },
    },
    ttl: {
      // Nobody is signed in yet: as long as an interaction, so that strangers fill nothing.
      Session: (_ctx, session) => (session.accountId ? ttl.session : ttl.interaction),
      Interaction: ttl.interaction,
      Grant: GRANT_TTL_S,
      AuthorizationCode: ttl.authorizationCode,
      AccessToken: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? ttl.accessToken,
      IdToken: ttl.idToken,
      DeviceCode: ttl.deviceCode,
      PushedAuthorizationRequest: ttl.pushedRequest,
      RefreshToken: (_ctx, token) => {
        const familyLeft = token.iiat ? token.iiat + ttl.refreshFamily - epochSeconds() : ttl.refreshFamily;
        return Math.max(1, Math.min(REFRESH_IDLE_S, familyLeft));
      },
    } as NonNullable<Configuration['ttl']>,
    // A device's tokens do not hang on the browser that approved them.
    expiresWithSession: async (_ctx, code) =>
      (code as { kind?: string }).kind !== 'DeviceCode' &&
      !(code as { scopes?: Set<string> }).scopes?.has('offline_access'),
    issueRefreshToken: async (_ctx, client, code) =>
      client.grantTypeAllowed('refresh_token') &&
      (code.scopes.has('offline_access') || policyOf(client).refresh === 'with-session'),
    rotateRefreshToken: (ctx) => !isSenderConstrainedFapi(ctx.oidc.client),
    extraTokenClaims: async (ctx) => {
      const entities = ctx.oidc?.entities;
      const source = (entities?.AuthorizationCode ??
        entities?.DeviceCode ??
        entities?.BackchannelAuthenticationRequest ??
        entities?.RefreshToken) as { acr?: string; authTime?: number } | undefined;
      return source ? { acr: source.acr, auth_time: source.authTime } : undefined;
    },
    loadExistingGrant: (ctx) => loadExistingGrant(ctx, store),
    findAccount: (ctx, sub, token) => findAccount(ctx, sub, token),
    renderError: pages.error,
    ...(options.fetch ? { fetch: options.fetch } : {}),
  };

  async function findAccount(_ctx: KoaContextWithOIDC, sub: string, token: unknown) {
    const account = await adapter.account(sub);
    if (!account || account.disabled) return undefined;
    const code = token as { kind?: string; sessionUid?: string; authTime?: number } | undefined;
    if (code?.kind === 'AuthorizationCode') {
      if (code.sessionUid && (await store.get(keys.sessionEnded(code.sessionUid)))) return undefined;
      if ((code.authTime ?? 0) <= account.notBefore) return undefined;
    }
    return { accountId: sub, claims: async () => ({ sub, ...claimsFor(account) }) };
  }

  const provider = new Provider(issuer, configuration);
  provider.proxy = true; // forwarded headers reach it only after app.ts has checked who sent them (R43)
  attachProviderRules(provider, {
    store,
    adapter,
    issuer,
    pages,
    onLogin: options.onLogin,
    pushRate: options.pushRate,
  });
  return provider;
}
