import * as oidc from 'openid-client';

/**
 * Everything this app knows of OpenID Connect: `openid-client` does the protocol and its checks, the app keeps what
 * belongs to one browser.
 */
export interface RelyingPartyOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
  readonly postLogoutRedirectUri: string;
  /** Space-separated. */
  readonly scope: string;
}

/** Kept by the app between leaving for the provider and coming back. */
export interface SignInChecks {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

export interface SignedIn {
  readonly idToken: string;
  readonly claims: oidc.IDToken;
  readonly accessToken: string;
}

export interface RelyingParty {
  /** Where to send the browser, and what to keep until it is back. `again` asks for everything to be proved anew. */
  begin(options?: {
    readonly again?: boolean;
  }): Promise<{ readonly url: string; readonly checks: SignInChecks }>;
  /** Redeems the code at the token endpoint and checks the ID token. @throws what `openid-client` throws */
  finish(callback: URL, checks: SignInChecks): Promise<SignedIn>;
  userInfo(signedIn: SignedIn): Promise<oidc.UserInfoResponse>;
  /** RP-Initiated Logout 1.0: where to send the browser to sign out of the provider as well. */
  signOutUrl(signedIn: SignedIn): Promise<string>;
}

export function createRelyingParty(options: RelyingPartyOptions): RelyingParty {
  let known: oidc.Configuration | undefined;

  /** Read once; a provider that is not there yet is asked again by the next request. */
  async function configuration(): Promise<oidc.Configuration> {
    const { issuer, clientId, clientSecret } = options;
    known ??= await oidc.discovery(
      new URL(issuer),
      clientId,
      undefined,
      oidc.ClientSecretBasic(clientSecret),
      // only for a provider on this very machine
      issuer.startsWith('http:') ? { execute: [oidc.allowInsecureRequests] } : {},
    );
    return known;
  }

  return {
    async begin({ again = false } = {}) {
      const checks = {
        state: oidc.randomState(),
        nonce: oidc.randomNonce(),
        codeVerifier: oidc.randomPKCECodeVerifier(),
      };
      const url = oidc.buildAuthorizationUrl(await configuration(), {
        redirect_uri: options.redirectUri,
        scope: options.scope,
        state: checks.state,
        nonce: checks.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(checks.codeVerifier),
        code_challenge_method: 'S256',
        ...(again ? { prompt: 'login' } : {}),
      });
      return { url: url.href, checks };
    },
    async finish(callback, checks) {
      const tokens = await oidc.authorizationCodeGrant(await configuration(), callback, {
        expectedState: checks.state,
        expectedNonce: checks.nonce,
        pkceCodeVerifier: checks.codeVerifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (!claims || tokens.id_token === undefined) throw new Error('the token response has no ID token');
      return { idToken: tokens.id_token, claims, accessToken: tokens.access_token };
    },
    userInfo: async ({ accessToken, claims }) =>
      oidc.fetchUserInfo(await configuration(), accessToken, claims.sub),
    async signOutUrl({ idToken }) {
      const url = oidc.buildEndSessionUrl(await configuration(), {
        id_token_hint: idToken,
        post_logout_redirect_uri: options.postLogoutRedirectUri,
      });
      return url.href;
    },
  };
}
