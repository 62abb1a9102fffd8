import { createHash, randomBytes } from 'node:crypto';
import { decodeJwt, type JWTPayload } from 'jose';
import type { Account } from '../../src/accounts/account.ts';
import type { OpenChallenges } from '../../src/approval/open-challenges.ts';
import { createHashPool } from '../../src/password/hash-pool.ts';
import { keys } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/port.ts';
import { update } from '../../src/store/update.ts';
import { clockOffset } from './clock.ts';
import { enrolDevice, type SoftwareDevice } from './software-device.ts';
import { startTestServer, type TestServer } from './start-server.ts';
import type { TestBrowser, TestPage } from './test-browser.ts';

/** Where the apps of these tests live: nobody listens there, the browser stops at its door. */
export const APP = 'https://app.example';
const CALLBACK = `${APP}/cb`;
const SECRET = 'a-secret-that-is-long-enough-for-a-test-client';
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

const client = (clientId: string, more: Record<string, unknown> = {}) => ({
  clientId,
  name: `App ${clientId}`,
  secret: SECRET,
  redirectUris: [CALLBACK],
  postLogoutRedirectUris: [`${APP}/out`],
  grantTypes: ['authorization_code', 'refresh_token'],
  scopes: ['openid', 'offline_access', 'email', 'profile'],
  idTokenSignedResponseAlg: 'ES256',
  ...more,
});

/** Clients every scenario may use; each stands for one kind of app. */
export const CLIENTS = [
  client('app'),
  client('app2'),
  client('lax', { floor: 'pwd', grantTypes: ['authorization_code', 'refresh_token', DEVICE_GRANT] }),
  client('strict', { maxProofAge: 'always' }),
  client('min5', { maxProofAge: '5min' }),
  client('sess', { refresh: 'with-session' }),
  client('bcl', { backchannelLogoutSessionRequired: true }),
  client('tv', { grantTypes: ['authorization_code', 'refresh_token', DEVICE_GRANT] }),
  client('pair', { subjectType: 'pairwise' }),
  client('mine', { firstParty: true }),
  client('excused', { requirePkce: false }),
  client('claims', { claimsInIdToken: true }),
  client('fapi', {
    requirePushedAuthorizationRequests: true,
    dpopBoundAccessTokens: true,
    scopes: ['openid', 'offline_access', 'read'],
  }),
];

export const RESOURCE = 'https://api.example';

export interface Tokens {
  readonly status: number;
  readonly access_token?: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
  readonly error?: string;
  readonly error_description?: string;
  readonly [more: string]: unknown;
}

export interface AuthorizeRequest {
  readonly url: string;
  readonly client: string;
  readonly verifier: string;
}

/** How far a sign-in came: the prompts it met, and how it ended. */
export interface Walked {
  readonly prompts: string;
  readonly page: TestPage;
  readonly code: string | undefined;
  readonly error: string | undefined;
  readonly state: string | undefined;
}

export type PersonName = 'alice' | 'bob' | 'carol';

export interface Person {
  readonly account: Account;
  readonly password: string;
  readonly device: SoftwareDevice | undefined;
}

export interface WorldOptions {
  readonly redisUrl?: string;
  readonly beside?: Pick<TestServer, 'issuer' | 'dataDir' | 'redisPrefix'>;
  readonly config?: Record<string, unknown>;
  readonly clients?: readonly Record<string, unknown>[];
  readonly onLog?: (line: string) => void;
  readonly wrapStore?: (store: Store) => Store;
  /** `own`: a Redis store keeps its server's time when the tests move theirs. */
  readonly storeClock?: 'own';
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('base64url');
const random = () => randomBytes(32).toString('base64url');
const atApp = (url: string) => url.startsWith(APP) || !url.startsWith('http');

/** Limits far out of the way of scenarios that sign in many times; the limits have tests of their own. */
const ROOMY = { max: 1000, window: '10min' };
const ROOMY_LIMITS = {
  password: { perAccount: ROOMY, perAddress: ROOMY, knownBrowser: ROOMY },
  push: { perAccount: [ROOMY], knownBrowser: ROOMY, accountsPerAddress: ROOMY, accountsPerNetwork: ROOMY },
  deviceApi: { perAddress: { max: 100_000, window: '1min' } },
};

/** A server with three people, two of them with a device, and one client of each kind. */
export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const server = await startTestServer({
    ...(options.redisUrl === undefined ? {} : { redisUrl: options.redisUrl }),
    ...(options.beside ? { beside: options.beside } : {}),
    ...(options.onLog ? { onLog: options.onLog } : {}),
    ...(options.wrapStore ? { wrapStore: options.wrapStore } : {}),
    ...(options.storeClock === 'own' ? {} : { offsetMs: clockOffset }),
    config: {
      limits: ROOMY_LIMITS,
      resources: [{ indicator: RESOURCE, scopes: ['read', 'write'], accessTokenFormat: 'jwt' }],
      clients: [...CLIENTS, ...(options.clients ?? [])],
      ...options.config,
    },
  });
  const people = options.beside ? new Map<PersonName, Person>() : await settle(server);
  return new World(server, people);
}

async function settle(server: TestServer): Promise<Map<PersonName, Person>> {
  const { accounts } = server.services;
  const pool = createHashPool({ ...server.services.config.password.argon2 });
  const people = new Map<PersonName, Person>();
  for (const name of ['alice', 'bob', 'carol'] as const) {
    const password = `the long password of ${name}`;
    const account = await accounts.create(
      { userName: name, emails: [{ address: `${name}@example.com`, verified: true }], profile: { name } },
      await pool.hash(password),
    );
    const device = name === 'carol' ? undefined : await enrolDevice(server.services, server.issuer, account);
    people.set(name, { account, password, device });
  }
  await pool.close();
  return people;
}

export class World {
  readonly server: TestServer;
  readonly people: Map<PersonName, Person>;
  /** The way an app's own requests go; tests with several servers put a load balancer here. */
  fetch: typeof fetch = fetch;

  constructor(server: TestServer, people: Map<PersonName, Person>) {
    this.server = server;
    this.people = people;
  }

  get issuer(): string {
    return this.server.issuer;
  }

  get store() {
    return this.server.services.store;
  }

  person(name: PersonName): Person {
    const found = this.people.get(name);
    if (!found) throw new Error(`nobody called ${name}`);
    return found;
  }

  close(): Promise<void> {
    return this.server.close();
  }

  authorize(parameters: Record<string, string> = {}, clientId = 'app'): AuthorizeRequest {
    const verifier = random();
    const query = new URLSearchParams({
      client_id: clientId,
      response_type: 'code',
      scope: 'openid',
      redirect_uri: CALLBACK,
      code_challenge: sha256(verifier),
      code_challenge_method: 'S256',
      state: 'st',
      ...parameters,
    });
    return { url: `${this.issuer}/authorize?${query}`, client: clientId, verifier };
  }

  /** Which prompt a page of ours belongs to. */
  promptOf(page: TestPage): 'login' | 'push' | 'new-password' | 'consent' | undefined {
    if (page.forms.some(({ id }) => id === 'login-form')) return 'login';
    if (page.forms.some(({ id }) => id === 'consent-form')) return 'consent';
    if (page.forms.some(({ id }) => id === 'new-password-form')) return 'new-password';
    if (page.forms.some(({ action }) => action.endsWith('/send'))) return 'push';
    return undefined;
  }

  async password(
    browser: TestBrowser,
    page: TestPage,
    name: PersonName,
    password = this.person(name).password,
  ) {
    return browser.follow(await browser.submit(page, 'login-form', { username: name, password }), atApp);
  }

  number(page: TestPage): string {
    const number = /data-number="(\d+)"/.exec(page.text)?.[1];
    if (number === undefined) throw new Error(`no number on "${page.title}"`);
    return number;
  }

  /** Chooses a new password, which is the person's from then on. */
  async renewPassword(browser: TestBrowser, page: TestPage, name: PersonName): Promise<TestPage> {
    const password = `some newer password ${randomBytes(6).toString('hex')}`;
    const next = await this.post(browser, page, 'new-password', { password, password_again: password });
    this.people.set(name, { ...this.person(name), password });
    return next;
  }

  /** Sends if nothing waits yet, approves on the device, and goes on. */
  async approve(browser: TestBrowser, page: TestPage, name: PersonName): Promise<TestPage> {
    let waiting = page;
    if (!/data-number=/.test(waiting.text)) waiting = await this.post(browser, waiting, 'send');
    await this.person(name).device!.approve(this.number(waiting));
    return this.post(browser, waiting, 'continue');
  }

  /** Posts the form of the page that leads to `step`, and follows. */
  async post(
    browser: TestBrowser,
    page: TestPage,
    step: string,
    fields: Record<string, string> = {},
  ): Promise<TestPage> {
    const form = page.forms.find(({ action }) => action.endsWith(`/${step}`));
    const interaction = /^(.*\/interaction\/[^/?]+)/.exec(page.url)?.[1];
    const action = form?.action ?? `${interaction}/${step}`;
    return browser.follow(await browser.request(action, { form: { ...form?.fields, ...fields } }), atApp);
  }

  open(browser: TestBrowser, url: string): Promise<TestPage> {
    return browser.open(url, atApp);
  }

  /** Goes through every prompt as `name` would, until the app, an ending, or the prompt `until`. */
  async walk(
    browser: TestBrowser,
    from: AuthorizeRequest | TestPage,
    options: { name?: PersonName; until?: string; max?: number } = {},
  ): Promise<Walked> {
    const name = options.name ?? 'alice';
    let page = 'verifier' in from ? await this.open(browser, from.url) : from;
    const prompts: string[] = [];
    for (let step = 0; step < (options.max ?? 7); step++) {
      const prompt = this.promptOf(page);
      if (!prompt) break;
      prompts.push(prompt);
      if (prompt === options.until) break;
      if (prompt === 'login') page = await this.password(browser, page, name);
      else if (prompt === 'push') page = await this.approve(browser, page, name);
      else if (prompt === 'new-password') page = await this.renewPassword(browser, page, name);
      else page = await this.post(browser, page, 'consent');
    }
    const landed = page.next && atApp(page.next) ? new URL(page.next) : undefined;
    const read = (key: string) => landed?.searchParams.get(key) ?? undefined;
    return {
      prompts: prompts.join('>') || '-',
      page,
      code: read('code'),
      error: read('error'),
      state: read('state'),
    };
  }

  async signIn(
    browser: TestBrowser,
    parameters: Record<string, string> = {},
    clientId = 'app',
    options: { name?: PersonName; max?: number } = {},
  ): Promise<Walked & { tokens: Tokens; claims: JWTPayload; request: AuthorizeRequest }> {
    const request = this.authorize(parameters, clientId);
    const walked = await this.walk(browser, request, options);
    const tokens = walked.code ? await this.redeem(request, walked.code) : { status: 0 };
    return { ...walked, tokens, claims: tokens.id_token ? decodeJwt(tokens.id_token) : {}, request };
  }

  redeem(
    request: AuthorizeRequest,
    code: string,
    more: Record<string, string> = {},
    headers = {},
  ): Promise<Tokens> {
    const body = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: CALLBACK,
      code_verifier: request.verifier,
      ...more,
    };
    return this.postForm('/token', body, request.client, headers);
  }

  refresh(token: string, clientId = 'app'): Promise<Tokens> {
    return this.postForm('/token', { grant_type: 'refresh_token', refresh_token: token }, clientId);
  }

  async active(token: string, clientId = 'app'): Promise<boolean> {
    return (await this.postForm('/introspect', { token }, clientId))['active'] === true;
  }

  async userinfo(accessToken: string): Promise<number> {
    const response = await this.fetch(`${this.issuer}/userinfo`, {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    await response.arrayBuffer();
    return response.status;
  }

  async postForm(
    path: string,
    body: Record<string, string>,
    clientId = 'app',
    headers = {},
  ): Promise<Tokens> {
    const response = await this.fetch(this.issuer + path, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${clientId}:${SECRET}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
        ...headers,
      },
      body: new URLSearchParams(body).toString(),
    });
    const text = await response.text();
    try {
      return { ...(JSON.parse(text) as object), status: response.status };
    } catch {
      return { status: response.status, text };
    }
  }

  /** Forgets what earlier scenarios left waiting: an account has two open requests from unknown browsers at most. */
  async forgetOpen(): Promise<void> {
    for (const { account } of this.people.values()) {
      await update<OpenChallenges>(this.store, keys.openChallenges(account.sub), (current) => {
        return current && { value: { ...current.value, open: [] } };
      });
    }
  }

  /** Forgets that anybody was reported: everybody may ask, with the password there is. */
  async forgetReports(): Promise<void> {
    const { guard, accounts } = this.server.services;
    for (const { account } of this.people.values()) {
      await guard.lift(account.sub, 'admin');
      const { passwordHash } = (await accounts.get(account.sub))!;
      await accounts.setPassword(account.sub, passwordHash!);
    }
  }

  /** Signs out by the page an app would send the browser to. */
  async signOut(browser: TestBrowser, query = ''): Promise<TestPage> {
    const page = await this.open(browser, `${this.issuer}/logout${query}`);
    const form = page.forms.find(({ id }) => id === 'op.logoutForm');
    if (!form) return page;
    return browser.follow(
      await browser.request(form.action, { form: { ...form.fields, logout: 'yes' } }),
      atApp,
    );
  }
}
