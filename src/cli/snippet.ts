import type { ClientSettings } from '../clients/client.ts';

/**
 * A whole relying party on `openid-client` that runs as it is printed, when the redirect address is on this machine;
 * elsewhere it is the part to take over. `undefined` for an app that has no redirect address of http(s).
 */
export function appSnippet(issuer: string, client: ClientSettings): string | undefined {
  const redirectUri = client.redirectUris.find((uri) => /^https?:/.test(uri));
  const method = client.tokenEndpointAuthMethod;
  if (redirectUri === undefined || method === 'private_key_jwt' || client.requirePushedAuthorizationRequests)
    return undefined;
  const url = new URL(redirectUri);
  const port = url.port || (url.protocol === 'https:' ? '8443' : '80');
  const auth = {
    none: 'oidc.None()',
    client_secret_basic: 'oidc.ClientSecretBasic(clientSecret)',
    client_secret_post: 'oidc.ClientSecretPost(clientSecret)',
  }[method];
  const plain = new URL(issuer).protocol === 'http:' ? ', { execute: [oidc.allowInsecureRequests] }' : '';
  const secret =
    client.secret === undefined
      ? ''
      : `const clientSecret = ${quoted(client.secret)}; // better: from the environment\n`;
  const alg = client.idTokenSignedResponseAlg;
  return `import * as oidc from 'openid-client';
import http from 'node:http';

const issuer = new URL(${quoted(issuer)});
const clientId = ${quoted(client.clientId)};
${secret}const redirectUri = ${quoted(redirectUri)};

const metadata = { id_token_signed_response_alg: ${quoted(alg)} };
const config = await oidc.discovery(issuer, clientId, metadata, ${auth}${plain});
const started = new Map(); // state -> what to check; in a real app it belongs into the browser's session

http
  .createServer(async (request, response) => {
    try {
      const url = new URL(request.url, redirectUri);
      if (url.pathname !== new URL(redirectUri).pathname || !url.searchParams.has('state')) {
        const verifier = oidc.randomPKCECodeVerifier();
        const state = oidc.randomState();
        const nonce = oidc.randomNonce();
        started.set(state, { verifier, nonce });
        const to = oidc.buildAuthorizationUrl(config, {
          redirect_uri: redirectUri,
          scope: ${quoted(client.scopes.join(' '))},
          code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
          state,
          nonce,
        });
        response.writeHead(302, { location: to.href }).end();
        return;
      }
      const state = url.searchParams.get('state');
      const { verifier, nonce } = started.get(state) ?? {};
      started.delete(state);
      const tokens = await oidc.authorizationCodeGrant(config, url, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
      });
      response.end(JSON.stringify(tokens.claims(), null, 2));
    } catch (error) {
      response.writeHead(400).end(\`\${error.error ?? error.code ?? ''} \${error.error_description ?? error.message}\`);
    }
  })
  .listen(${port}, () => console.log(\`open \${new URL(redirectUri).origin}/\`));`;
}

const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
