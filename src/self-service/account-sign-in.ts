import { createHmac, randomBytes } from 'node:crypto';
import * as oidc from 'openid-client';
import { ACCOUNT_CLIENT_ID } from '../clients/reserved.ts';
import { equalText } from '../devices/equal-text.ts';
import { CALLBACK_PATH } from './account-client.ts';

/**
 * Signing in to a person's own pages, as any app does: authorization code with PKCE, `state` and `nonce`.
 *
 * Nothing is stored for a sign-in that has only begun, since anybody may begin one: `nonce` and verifier come from
 * the `state` and a secret in the browser's own cookie. A callback that another browser began fits no cookie here.
 */
export interface AccountSignIn {
  /** @param secret of the browser's cookie. @returns where to send the browser. */
  begin(secret: string): Promise<string>;
  /** @throws SignInFailed when it is no answer to a sign-in that this browser began, or the provider gave none. */
  finish(callback: URL, secret: string): Promise<{ sub: string; authTime: number; session: string }>;
}

export class SignInFailed extends Error {
  override readonly name = 'SignInFailed';
}

export interface AccountSignInOptions {
  readonly issuer: string;
  readonly endpoints: { readonly authorization: string; readonly token: string };
  /** Reaches the provider from within. */
  readonly fetch: typeof fetch;
  /** `uid` of the session an access token came from. */
  readonly sessionOf: (accessToken: string) => Promise<string | undefined>;
}

export function createAccountSignIn(options: AccountSignInOptions): AccountSignIn {
  const { issuer, endpoints } = options;
  const at = (path: string) => new URL(path, issuer).href;
  const client = new oidc.Configuration(
    { issuer, authorization_endpoint: at(endpoints.authorization), token_endpoint: at(endpoints.token) },
    ACCOUNT_CLIENT_ID,
    { token_endpoint_auth_method: 'none' },
    oidc.None(),
  );
  client[oidc.customFetch] = (url, init) => options.fetch(url, init as RequestInit);
  // The call never leaves the process.
  if (issuer.startsWith('http:')) oidc.allowInsecureRequests(client);

  return {
    async begin(secret) {
      const random = randomBytes(16).toString('base64url');
      const state = `${random}.${derive(secret, 'state', random)}`;
      return oidc.buildAuthorizationUrl(client, {
        redirect_uri: at(CALLBACK_PATH),
        scope: 'openid',
        state,
        nonce: derive(secret, 'nonce', state),
        code_challenge: await oidc.calculatePKCECodeChallenge(derive(secret, 'verifier', state)),
        code_challenge_method: 'S256',
      }).href;
    },

    async finish(callback, secret) {
      const state = callback.searchParams.get('state') ?? '';
      const [random = '', proof = ''] = state.split('.', 2);
      if (!equalText(proof, derive(secret, 'state', random)))
        throw new SignInFailed('not begun in this browser');
      try {
        const tokens = await oidc.authorizationCodeGrant(client, callback, {
          expectedState: state,
          expectedNonce: derive(secret, 'nonce', state),
          pkceCodeVerifier: derive(secret, 'verifier', state),
          idTokenExpected: true,
        });
        const claims = tokens.claims();
        const session = await options.sessionOf(tokens.access_token);
        if (typeof claims?.auth_time !== 'number' || session === undefined)
          throw new SignInFailed('an answer without auth_time or session');
        return { sub: claims.sub, authTime: claims.auth_time, session };
      } catch (cause) {
        if (isOfTheProvider(cause)) throw new SignInFailed(cause.message, { cause });
        throw cause;
      }
    },
  };
}

/** An error the provider answered with, or an answer that does not check out: not a fault of this server's. */
function isOfTheProvider(error: unknown): error is Error {
  return (
    error instanceof oidc.AuthorizationResponseError ||
    error instanceof oidc.ResponseBodyError ||
    error instanceof oidc.ClientError
  );
}

function derive(secret: string, use: string, of: string): string {
  return createHmac('sha256', secret).update(`${use}\0${of}`).digest('base64url');
}
