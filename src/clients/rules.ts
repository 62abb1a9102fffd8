import { isLoopbackHost } from '../options/addresses.ts';
import type { RuleBroken } from '../options/findings.ts';
import { ACCOUNT_CLIENT_ID } from './reserved.ts';
import type { ClientSettings } from './shape.ts';

/** RFC 8252 sections 7.1-7.3 for installed apps; https, or http on loopback, for the others (RFC 9700 section 2.6). */
function mayRedirectTo(uri: string, type: ClientSettings['applicationType']): boolean {
  const url = URL.parse(uri);
  if (!url) return true; // no URL at all: the option itself has said so
  const { protocol, hostname, username, password } = url;
  if (username || password) return false;
  if (protocol === 'http:') return isLoopbackHost(hostname);
  if (protocol === 'https:') return type === 'web' || !isLoopbackHost(hostname);
  return type === 'native' && /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/.test(protocol);
}

function* redirectRules(client: ClientSettings): Generator<RuleBroken> {
  const wanted =
    client.applicationType === 'web'
      ? 'an https:// address, or http:// on loopback'
      : 'a scheme with a dot such as com.example.app:/callback, https:// elsewhere than on loopback, or http:// on loopback';
  for (const name of ['redirectUris', 'postLogoutRedirectUris'] as const) {
    for (const [n, uri] of client[name].entries()) {
      if (!mayRedirectTo(uri, client.applicationType)) {
        yield {
          path: [name, n],
          wanted,
          sentence: 'An answer sent in the clear or to a foreign app would give the sign-in away.',
        };
      }
    }
  }
  const codes = client.responseTypes.includes('code');
  if (codes !== client.grantTypes.includes('authorization_code')) {
    yield codes
      ? {
          path: ['responseTypes'],
          wanted: '[] unless grantTypes has authorization_code',
          sentence: 'A code can only be redeemed by that grant.',
        }
      : {
          path: ['responseTypes'],
          wanted: '[code] because grantTypes has authorization_code',
          sentence: 'That grant redeems codes.',
        };
  }
  if (codes && client.redirectUris.length === 0) {
    yield {
      path: ['redirectUris'],
      wanted: 'at least one address',
      sentence: 'Answers go only to addresses named here.',
    };
  }
  const hosts = new Set(client.redirectUris.map((uri) => URL.parse(uri)?.host));
  if (client.subjectType === 'pairwise' && hosts.size > 1 && !client.sectorIdentifierUri) {
    yield {
      path: ['sectorIdentifierUri'],
      wanted: 'an https:// URL, because the redirect addresses have several hosts',
      sentence: 'A pairwise `sub` is computed for one sector (OpenID Connect Core 1.0 section 8.1).',
    };
  }
}

function* proofRules(client: ClientSettings & { readonly secretFile?: string }): Generator<RuleBroken> {
  const method = client.tokenEndpointAuthMethod;
  const bySecret = method === 'client_secret_basic' || method === 'client_secret_post';
  const given = client.secret !== undefined || client.secretFile !== undefined;
  if (bySecret && !given) {
    yield {
      path: ['secret'],
      wanted: `at least 32 printable ASCII characters, because tokenEndpointAuthMethod is ${method}`,
      sentence: 'A public app says `tokenEndpointAuthMethod: none` instead.',
    };
  }
  if (!bySecret && given) {
    yield {
      path: [client.secret !== undefined ? 'secret' : 'secretFile'],
      wanted: `none, because tokenEndpointAuthMethod is ${method}`,
      sentence: 'A secret nobody checks protects nothing.',
    };
  }
  if (client.jwks && client.jwksUri) {
    yield { path: ['jwksUri'], wanted: 'jwks or jwksUri, not both', sentence: 'Keys come from one place.' };
  }
  if (method === 'private_key_jwt' && !client.jwks && !client.jwksUri) {
    yield {
      path: ['jwks'],
      wanted: 'jwks or jwksUri, because tokenEndpointAuthMethod is private_key_jwt',
      sentence: 'The signature of the app is verified with them.',
    };
  }
  if (method === 'none' && !client.requirePkce) {
    yield {
      path: ['requirePkce'],
      wanted: 'true, because a public client has no other proof',
      sentence: 'PKCE binds the code to the app that asked (RFC 9700 section 2.1.1).',
    };
  }
}

function* identityRules(client: ClientSettings): Generator<RuleBroken> {
  if (client.clientId === ACCOUNT_CLIENT_ID) {
    yield {
      path: ['clientId'],
      wanted: `another identifier than ${ACCOUNT_CLIENT_ID}`,
      sentence: "It is the one of Countersign's own pages at /account, which are always there.",
    };
  }
}

function* grantRules(client: ClientSettings): Generator<RuleBroken> {
  const refreshes = client.grantTypes.includes('refresh_token');
  if (refreshes && client.refresh === 'offline_access' && !client.scopes.includes('offline_access')) {
    yield {
      path: ['scopes'],
      wanted: 'offline_access among them, or refresh: with-session',
      sentence: 'Without it the grant refresh_token never gets a token.',
    };
  }
}

/** What is wrong between the options of one client. Texts in it may still be wrong: zod goes on after a failed refinement. */
export function clientRules(client: ClientSettings & { readonly secretFile?: string }): RuleBroken[] {
  return [...identityRules(client), ...redirectRules(client), ...proofRules(client), ...grantRules(client)];
}
