import { inSeconds } from '../options/duration.ts';
import { type ClientSettings, maxProofAgeOf } from './client.ts';

/**
 * What Countersign itself needs to know of a client, beside the standard metadata; read inside the provider as
 * `policyOf(client)`.
 */
export interface ClientPolicyMetadata {
  readonly name: string;
  /** Least assurance for this client. */
  readonly floor: ClientSettings['floor'];
  /** Least proof besides the password, whatever policy says. */
  readonly proof: ClientSettings['proof'];
  /** `session`: the session's own life; seconds; or `always`: proved again at every request. */
  readonly maxProofAge: 'session' | 'always' | number;
  readonly refresh: ClientSettings['refresh'];
  readonly firstParty: boolean;
  readonly requirePkce: boolean;
  readonly claimsInIdToken: boolean;
  readonly corsOrigins: readonly string[];
  /** All it may ask for, those of resources included. */
  readonly scopes: readonly string[];
}

/** OpenID Connect Core 1.0 sections 3.1.2.1, 5.4 and 11. */
export const SERVER_SCOPES: readonly string[] = [
  'openid',
  'offline_access',
  'profile',
  'email',
  'phone',
  'address',
];

/** Client metadata by the names of RFC 7591 and OpenID Connect, and our own under one name, `countersign`. */
export type ClientMetadata = Readonly<Record<string, unknown>> & {
  readonly client_id: string;
  readonly countersign: ClientPolicyMetadata;
};

/** Names that oidc-provider has to be told of (`extraClientMetadata.properties`), or it drops them. */
export const EXTRA_CLIENT_METADATA = ['countersign'] as const;

/** A session that proved less than the client's least proof is none for it. */
function floorOf({ floor, proof }: ClientSettings): ClientSettings['floor'] {
  if (proof === 'none' || floor === 'phr' || floor === 'phrh') return floor;
  return proof === 'passkey' ? 'phr' : 'push';
}

/** A client as oidc-provider takes it, given in its constructor or returned by the storage adapter. */
export function toProviderMetadata(client: ClientSettings): ClientMetadata {
  const age = maxProofAgeOf(client);
  const metadata = {
    client_id: client.clientId,
    client_name: client.name,
    client_secret: client.secret,
    redirect_uris: client.redirectUris,
    post_logout_redirect_uris: client.postLogoutRedirectUris,
    application_type: client.applicationType,
    token_endpoint_auth_method: client.tokenEndpointAuthMethod,
    grant_types: client.grantTypes,
    response_types: client.responseTypes,
    // Scopes of a resource are none of the server's own; `provider.ts` holds each client to its list.
    scope: client.scopes.filter((scope) => SERVER_SCOPES.includes(scope)).join(' ') || undefined,
    backchannel_logout_uri: client.backchannelLogoutUri,
    backchannel_logout_session_required: client.backchannelLogoutSessionRequired,
    require_pushed_authorization_requests: client.requirePushedAuthorizationRequests,
    dpop_bound_access_tokens: client.dpopBoundAccessTokens,
    id_token_signed_response_alg: client.idTokenSignedResponseAlg,
    subject_type: client.subjectType,
    sector_identifier_uri: client.sectorIdentifierUri,
    jwks: client.jwks,
    jwks_uri: client.jwksUri,
    client_uri: client.clientUri,
    logo_uri: client.logoUri,
    policy_uri: client.policyUri,
    tos_uri: client.tosUri,
    countersign: {
      name: client.name,
      floor: floorOf(client),
      proof: client.proof,
      maxProofAge: typeof age === 'string' ? age : inSeconds(age.ms),
      refresh: client.refresh,
      firstParty: client.firstParty,
      requirePkce: client.requirePkce,
      claimsInIdToken: client.claimsInIdToken,
      corsOrigins: client.corsOrigins,
      scopes: client.scopes,
    } satisfies ClientPolicyMetadata,
  };
  // The library changes arrays it is given: it gets copies. A missing value is left out, not undefined.
  return JSON.parse(JSON.stringify(metadata)) as ClientMetadata;
}
