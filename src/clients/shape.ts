import { z } from 'zod';
import { httpsUrl, origin, webUrl } from '../options/addresses.ts';
import { choice, duration, flag, list, text, textOf } from '../options/kinds.ts';
import { kind, optional, required, standard } from '../options/option.ts';

export const DEVICE_CODE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/** Signing algorithms of ID tokens a client may choose from (RFC 7518 section 3.1, RFC 8037). */
export const SIGNING_ALGORITHMS = ['ES256', 'EdDSA', 'RS256', 'PS256'] as const;

const redirect = () =>
  textOf(
    'URL',
    'an absolute URL without a fragment, compared exactly',
    (value) =>
      value.length <= 2_048 && /^[\x21-\x7e]+$/.test(value) && URL.canParse(value) && !value.includes('#'),
  );

/** `session`, `always`, or a duration kept as it is written, so that a stored record reads back as itself. */
const proofAge = () => {
  const lasting = duration('1min', '12h');
  return textOf(
    '`session`, `always`, or a duration, 1min to 12h',
    'session, always, or a duration from 1min to 12h such as 15min',
    (value) =>
      value === 'session' || value === 'always' || (/[a-z]$/.test(value) && lasting.safeParse(value).success),
  );
};

const PRIVATE_PARTS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];
const publicKeys = () =>
  kind(
    z
      .looseObject({
        keys: z
          .array(z.looseObject({ kty: z.enum(['EC', 'OKP', 'RSA', 'AKP']) }))
          .min(1)
          .max(20),
      })
      .refine(({ keys }) => keys.every((key) => PRIVATE_PARTS.every((part) => !(part in key)))),
    {
      reads: 'map',
      type: 'JWK set',
      wanted: 'a JSON Web Key set (RFC 7517) of public keys only: { keys: [ … ] }',
    },
  );

const secret = () =>
  textOf('text', '32 to 256 printable ASCII characters, in quotes if they are digits only', (value) =>
    /^[\x20-\x7e]{32,256}$/.test(value),
  );

/** Every option of a client, without the rules between them. */
export const clientShape = {
  clientId: required(
    textOf('text', '1 to 128 letters, digits and . _ ~ -', (value) => /^[A-Za-z0-9._~-]{1,128}$/.test(value)),
    'Identifier the app sends as `client_id`.',
  ),
  name: required(text(1, 80), 'Name people see when the app asks them in, on the page and on their device.'),
  secret: optional(secret(), 'Shared secret of a confidential app.', { secret: true }),
  redirectUris: standard(
    list(redirect()),
    [],
    'Addresses an answer may be sent to: https, http on loopback, or for a native app a scheme such as `com.example.app:`.',
  ),
  postLogoutRedirectUris: standard(
    list(redirect()),
    [],
    'Addresses a person may be sent to after signing out.',
  ),
  applicationType: standard(
    choice('web', 'native'),
    'web',
    'Whether the app runs on a web server or in a browser, or is installed on a device.',
  ),
  tokenEndpointAuthMethod: standard(
    choice('client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'),
    'client_secret_basic',
    'How the app proves itself; `none` makes it a public client, which has no secret.',
  ),
  grantTypes: standard(
    list(choice('authorization_code', 'refresh_token', DEVICE_CODE_GRANT)),
    ['authorization_code'],
    'Ways in which the app gets tokens.',
  ),
  responseTypes: standard(
    list(choice('code')),
    ['code'],
    'Kinds of answers of the authorization endpoint; empty for an app that never uses it.',
  ),
  scopes: standard(
    list(
      textOf('scope', 'a scope token (RFC 6749 section 3.3)', (value) =>
        /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/.test(value),
      ),
    ),
    ['openid', 'profile', 'email'],
    'Scopes the app may ask for; `offline_access` is needed for refresh tokens by that scope.',
  ),
  floor: standard(
    choice('pwd', 'push', 'phr', 'phrh'),
    'push',
    'Least proof a sign-in to this app needs: password, push approval, passkey, hardware-bound passkey.',
  ),
  proof: standard(
    choice('none', 'push-short', 'push', 'push-verified', 'passkey'),
    'none',
    'Least proof besides the password, whatever `policy.rules` say: `none` leaves it to them; with `push` no remembered browser is enough.',
  ),
  maxProofAge: standard(
    proofAge(),
    'session',
    'How old a proof may be before everything is proved again: as long as the session, a duration, or `always` anew.',
  ),
  refresh: standard(
    choice('offline_access', 'with-session'),
    'offline_access',
    'Whether refresh tokens need the scope `offline_access` or come with every sign-in and end with the session.',
  ),
  firstParty: standard(flag(), false, 'Skips the consent page, for apps of your own.'),
  requirePkce: standard(
    flag(),
    true,
    'Requires PKCE with S256; `false` only for a confidential app that cannot.',
  ),
  claimsInIdToken: standard(
    flag(),
    false,
    'Puts profile, e-mail, phone and address claims into the ID token too, not only into userinfo.',
  ),
  corsOrigins: standard(
    list(origin()),
    [],
    'Origins whose pages may call token, userinfo and revocation by script.',
  ),
  backchannelLogoutUri: optional(
    webUrl(),
    'Address told when a session ends (OpenID Connect Back-Channel Logout 1.0).',
  ),
  backchannelLogoutSessionRequired: standard(
    flag(),
    false,
    'Whether the logout token has to name the session (`sid`).',
  ),
  requirePushedAuthorizationRequests: standard(
    flag(),
    false,
    'Takes authorization requests only by PAR (RFC 9126).',
  ),
  dpopBoundAccessTokens: standard(flag(), false, 'Issues only DPoP-bound access tokens (RFC 9449).'),
  idTokenSignedResponseAlg: standard(
    choice(...SIGNING_ALGORITHMS),
    'RS256',
    'Algorithm of the ID token; ES256 and EdDSA are cheaper where the app knows them.',
  ),
  subjectType: standard(
    choice('public', 'pairwise'),
    'public',
    'Whether all apps see the same `sub` for a person, or each sector one of its own.',
  ),
  sectorIdentifierUri: optional(
    httpsUrl(),
    'Address of the list of redirect addresses that share a pairwise `sub`.',
  ),
  jwks: optional(publicKeys(), 'Public keys of the app, for `private_key_jwt`.'),
  jwksUri: optional(webUrl(), 'Address of the public keys of the app, instead of `jwks`.'),
  clientUri: optional(webUrl(), 'Home page of the app.'),
  logoUri: optional(webUrl(), 'Picture of the app, shown on the consent page.'),
  policyUri: optional(webUrl(), 'Privacy policy of the app.'),
  tosUri: optional(webUrl(), 'Terms of service of the app.'),
};

/** A client with every default filled in: what the store keeps. */
export type ClientSettings = z.output<z.ZodObject<typeof clientShape, z.core.$strict>>;
