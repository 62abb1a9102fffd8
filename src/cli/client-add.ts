import { randomBytes } from 'node:crypto';
import { type Command, Option } from 'commander';
import { type ClientSettings, parseClient } from '../clients/client.ts';
import { toProviderMetadata } from '../clients/metadata.ts';
import { DEVICE_CODE_GRANT, SIGNING_ALGORITHMS } from '../clients/shape.ts';
import type { Finding } from '../options/findings.ts';
import type { Services } from '../services.ts';
import { clientValidator } from './client-validator.ts';
import { wantsJson, withServices } from './context.ts';
import { CommandFailed, say } from './output.ts';
import { appSnippet } from './snippet.ts';

interface AddOptions {
  readonly redirectUri?: readonly string[];
  readonly postLogoutRedirectUri?: readonly string[];
  readonly name?: string;
  readonly scope?: readonly string[];
  readonly public?: boolean;
  readonly native?: boolean;
  readonly firstParty?: boolean;
  readonly floor?: string;
  readonly proof?: string;
  readonly maxProofAge?: string;
  readonly refresh?: string;
  readonly deviceCode?: boolean;
  readonly authMethod?: string;
  readonly jwksUri?: string;
  readonly idTokenAlg?: string;
  readonly claimsInIdToken?: boolean;
  readonly corsOrigin?: readonly string[];
  readonly backchannelLogoutUri?: string;
  readonly pkce?: boolean;
  readonly par?: boolean;
  readonly dpop?: boolean;
  readonly pairwise?: boolean;
}

/** The flag a field of a client comes from, for errors. */
const FLAG_OF: Readonly<Record<string, string>> = {
  clientId: '<id>',
  name: '--name',
  redirectUris: '--redirect-uri',
  postLogoutRedirectUris: '--post-logout-redirect-uri',
  scopes: '--scope',
  floor: '--floor',
  proof: '--proof',
  maxProofAge: '--max-proof-age',
  tokenEndpointAuthMethod: '--auth-method',
  jwksUri: '--jwks-uri',
  jwks: '--jwks-uri',
  secret: '--auth-method',
  corsOrigins: '--cors-origin',
  backchannelLogoutUri: '--backchannel-logout-uri',
  requirePkce: '--no-pkce',
  refresh: '--refresh',
};

const collect = (value: string, before: readonly string[] = []) => [...before, value];
const words = (value: string, before: readonly string[] = []) => [
  ...before,
  ...value.split(/[\s,]+/).filter(Boolean),
];

export function addClientAddCommand(client: Command): void {
  client
    .command('add')
    .description('register an app; prints what to put into it, the secret only now')
    .argument('<id>', 'what the app sends as client_id')
    .option('--redirect-uri <uri>', 'where answers go, compared exactly; may be given several times', collect)
    .option(
      '--post-logout-redirect-uri <uri>',
      'where people may go after signing out; several times',
      collect,
    )
    .option('--name <name>', 'what people see; the id when left out')
    .option('--scope <scopes>', 'scopes it may ask for (default: openid profile email); several times', words)
    .option('--public', 'an app that cannot keep a secret: in the browser or on a device')
    .option('--native', 'installed on a device: schemes of its own, http on loopback')
    .option('--first-party', 'your own app: no consent page')
    .addOption(
      new Option('--floor <proof>', 'least proof a sign-in needs').choices(['pwd', 'push', 'phr', 'phrh']),
    )
    .addOption(
      new Option('--proof <proof>', 'least proof besides the password, whatever the policy says').choices([
        'none',
        'push-short',
        'push',
        'push-verified',
        'passkey',
      ]),
    )
    .option('--max-proof-age <age>', 'session, always, or a duration such as 15min')
    .addOption(
      new Option('--refresh <how>', 'refresh tokens: by that scope, or with every sign-in').choices([
        'offline_access',
        'with-session',
      ]),
    )
    .option('--device-code', 'signs in on screens without a keyboard (RFC 8628)')
    .addOption(
      new Option('--auth-method <method>', 'how it proves itself at the token endpoint').choices([
        'client_secret_basic',
        'client_secret_post',
        'private_key_jwt',
      ]),
    )
    .option('--jwks-uri <url>', 'its public keys, for private_key_jwt')
    .addOption(
      new Option('--id-token-alg <alg>', 'algorithm of the ID token').choices([...SIGNING_ALGORITHMS]),
    )
    .option('--claims-in-id-token', 'profile and e-mail in the ID token too')
    .option('--cors-origin <origin>', 'pages that call tokens and userinfo by script; several times', collect)
    .option('--backchannel-logout-uri <url>', 'is told when a session ends')
    .option('--no-pkce', 'does not need PKCE: only for a confidential app that cannot')
    .option('--par', 'only pushed authorization requests (RFC 9126)')
    .option('--dpop', 'only DPoP-bound access tokens (RFC 9449)')
    .option('--pairwise', 'a sub of its own for each person')
    .action((id: string, options: AddOptions, command: Command) =>
      withServices(command, (services) => add(services, command, id, options)),
    );
}

async function add(services: Services, command: Command, id: string, options: AddOptions): Promise<void> {
  const { clients, config, audit } = services;
  const input = settingsFrom(id, options);
  const parsed = parseClient(input);
  if ('problems' in parsed) throw new CommandFailed(problemsText(parsed.problems));
  const { client } = parsed;
  const against = await (await clientValidator(config))(toProviderMetadata(client));
  if (against !== undefined) throw new CommandFailed(`the client was not added: ${against}`);
  if (!(await clients.add(client))) {
    throw new CommandFailed(
      `there is a client ${JSON.stringify(id)} already; "countersign client show ${id}" shows it`,
    );
  }
  audit.record({ type: 'client.added', client: id, by: 'cli' });

  const { issuer } = config;
  const snippet = appSnippet(issuer, client);
  const lines = [
    `Added ${client.name}. Put these into the app:`,
    '',
    `  issuer         ${issuer}`,
    `  client_id      ${client.clientId}`,
    client.secret === undefined ? '' : `  client_secret  ${client.secret}   (shown only now)`,
    `  redirect_uri   ${client.redirectUris.join(' ') || '(none)'}`,
    `  scopes         ${client.scopes.join(' ')}`,
    ...(snippet === undefined
      ? []
      : ['', 'An app that runs (npm i openid-client, save as app.mjs, node app.mjs):', '', snippet]),
  ];
  say(wantsJson(command), lines.filter((line, i) => line !== '' || lines[i - 1] !== '').join('\n'), {
    issuer,
    discovery: `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
    ...shown(client),
    ...(client.secret === undefined ? {} : { secret: client.secret }),
    ...(snippet === undefined ? {} : { snippet }),
  });
}

function settingsFrom(id: string, options: AddOptions): Record<string, unknown> {
  const method = options.public ? 'none' : (options.authMethod ?? 'client_secret_basic');
  const redirects = options.redirectUri ?? [];
  // An app that only ever shows a user code has nowhere to be answered.
  const codes = redirects.length > 0 || !options.deviceCode;
  const scopes = options.scope ?? ['openid', 'profile', 'email'];
  const needsOffline = options.refresh === 'offline_access' && !scopes.includes('offline_access');
  const given: Record<string, unknown> = {
    clientId: id,
    name: options.name ?? id,
    redirectUris: redirects,
    postLogoutRedirectUris: options.postLogoutRedirectUri,
    applicationType: options.native ? 'native' : 'web',
    tokenEndpointAuthMethod: method,
    secret: method.startsWith('client_secret') ? randomBytes(32).toString('base64url') : undefined,
    responseTypes: codes ? ['code'] : [],
    grantTypes: [
      ...(codes ? ['authorization_code'] : []),
      ...(options.deviceCode ? [DEVICE_CODE_GRANT] : []),
      ...(options.refresh === undefined ? [] : ['refresh_token']),
    ],
    scopes: needsOffline ? [...scopes, 'offline_access'] : scopes,
    floor: options.floor,
    proof: options.proof,
    maxProofAge: options.maxProofAge,
    refresh: options.refresh,
    firstParty: options.firstParty,
    requirePkce: options.pkce,
    claimsInIdToken: options.claimsInIdToken,
    corsOrigins: options.corsOrigin,
    backchannelLogoutUri: options.backchannelLogoutUri,
    requirePushedAuthorizationRequests: options.par,
    dpopBoundAccessTokens: options.dpop,
    idTokenSignedResponseAlg: options.idTokenAlg,
    subjectType: options.pairwise ? 'pairwise' : undefined,
    jwksUri: options.jwksUri,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function problemsText(problems: readonly Finding[]): string {
  const lines = problems.map(({ path, field, was, wanted, sentence }) => {
    const flag = FLAG_OF[String(path[0])] ?? field;
    return `${flag}: was ${was}, wanted ${wanted}\n    ${sentence}`;
  });
  return `the client was not added:\n\n${lines.join('\n')}`;
}

/** Everything but the secret. */
export function shown({ secret, ...rest }: ClientSettings) {
  return { ...rest, hasSecret: secret !== undefined };
}
