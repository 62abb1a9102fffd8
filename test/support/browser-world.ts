import { randomUUID } from 'node:crypto';
import type { Account } from '../../src/accounts/account.ts';
import { createHashPool } from '../../src/password/hash-pool.ts';
import { type AppServer, startAppServer } from './app-server.ts';
import type { Tab } from './browser-tab.ts';
import { clockOffset } from './clock.ts';
import { enrolDevice, type SoftwareDevice } from './software-device.ts';
import { startTestServer, type TestServer } from './start-server.ts';
import { type AuthorizeRequest, type Tokens, World } from './walk-world.ts';

const CLIENT = 'real-app';
export const PERSON_PASSWORD = 'one long password for every person of these tests';
const ROOMY = { max: 1000, window: '10min' };

export interface BrowserPerson {
  readonly userName: string;
  readonly sub: string;
  readonly device: SoftwareDevice;
}

/** A request of the app: where the browser is sent, and how to tell its answer. */
export interface AppRequest extends AuthorizeRequest {
  readonly state: string;
}

export interface BrowserWorldSettings {
  /** How long a poll is held: by default longer than a test lasts, so that only news ends it. */
  readonly hold?: string;
  readonly issuer?: string;
  readonly appName?: string;
  /** Further apps, as in the configuration. */
  readonly clients?: readonly Record<string, unknown>[];
  /** Further sections of the configuration. */
  readonly config?: Record<string, unknown>;
}

/** A whole server, a real app beside it, and a new person with a phone for every test. */
export class BrowserWorld {
  readonly server: TestServer;
  /** The walk's means that need no browser: tokens, userinfo. */
  readonly world: World;
  readonly app: AppServer;
  private readonly hash: string;

  private constructor(server: TestServer, app: AppServer, hash: string) {
    this.server = server;
    this.world = new World(server, new Map());
    this.app = app;
    this.hash = hash;
  }

  static async start(options: BrowserWorldSettings & { redisUrl?: string } = {}): Promise<BrowserWorld> {
    const app = await startAppServer();
    const server = await startTestServer({
      ...(options.redisUrl === undefined ? {} : { redisUrl: options.redisUrl }),
      offsetMs: clockOffset,
      config: settings(app, options),
    });
    const pool = createHashPool({ ...server.services.config.password.argon2 });
    const hash = await pool.hash(PERSON_PASSWORD);
    await pool.close();
    return new BrowserWorld(withIssuer(server, options.issuer), app, hash);
  }

  /** Another node of the same service: it shares the store and has a port of its own. */
  nodeBeside(options: { redisUrl: string; issuer: string }): Promise<TestServer> {
    return startTestServer({
      redisUrl: options.redisUrl,
      beside: this.server,
      offsetMs: clockOffset,
      config: settings(this.app, options),
    });
  }

  /** The server after it was stopped, on the same port and store. @param config further sections of its configuration */
  startAgain(config: Record<string, unknown> = {}): Promise<TestServer> {
    const { port } = this.server.server;
    return startTestServer({
      beside: this.server,
      offsetMs: clockOffset,
      config: { ...settings(this.app, { config }), http: { port } },
    });
  }

  /** Somebody nobody knows yet, with one enrolled phone. */
  async person(
    device = 'Blue phone',
    userName = `person-${randomUUID().slice(0, 8)}`,
  ): Promise<BrowserPerson> {
    const account = await this.newcomer(userName);
    const enrolled = await enrolDevice(this.server.services, this.world.issuer, account, { name: device });
    return { userName, sub: account.sub, device: enrolled };
  }

  /** Somebody with a password and no phone yet. */
  newcomer(userName = `person-${randomUUID().slice(0, 8)}`): Promise<Account> {
    return this.server.services.accounts.create({ userName, profile: { name: userName } }, this.hash);
  }

  request(parameters: Record<string, string> = {}): AppRequest {
    const state = randomUUID();
    const all = { redirect_uri: this.app.callback, state, ...parameters };
    return { ...this.world.authorize(all, CLIENT), state };
  }

  /** From the app to the page that waits for the phone. @returns the number it shows */
  async upToNumber(tab: Tab, person: BrowserPerson, request: AppRequest): Promise<string> {
    await tab.open(request.url);
    await tab.logIn(person.userName, PERSON_PASSWORD);
    return tab.number();
  }

  /** The waiting page's own way on, and the person's yes to the app. */
  async allow(tab: Tab): Promise<void> {
    await tab.untilHeading('Allow access?');
    await tab.click('Allow');
    await tab.untilAt(this.app.welcome);
  }

  async signIn(tab: Tab, person: BrowserPerson): Promise<void> {
    const request = this.request();
    await person.device.approve(await this.upToNumber(tab, person, request));
    await this.allow(tab);
  }

  /** Tokens for the one code that arrived. @throws when another number of answers arrived */
  async redeem(request: AppRequest): Promise<Tokens> {
    const [arrival, ...more] = this.app.arrivals(request.state);
    if (!arrival?.code || more.length > 0) {
      throw new Error(`expected one code at the app: ${JSON.stringify(this.app.arrivals(request.state))}`);
    }
    return this.world.redeem(request, arrival.code, { redirect_uri: this.app.callback });
  }

  async close(): Promise<void> {
    await this.server.close();
    await this.app.close();
  }
}

function settings(app: AppServer, options: BrowserWorldSettings): Record<string, unknown> {
  return {
    ...options.config,
    ...(options.issuer === undefined ? {} : { issuer: options.issuer }),
    limits: {
      password: { perAccount: ROOMY, perAddress: ROOMY, knownBrowser: ROOMY },
      push: {
        perAccount: [ROOMY],
        knownBrowser: ROOMY,
        accountsPerAddress: ROOMY,
        accountsPerNetwork: ROOMY,
      },
      longPoll: { hold: options.hold ?? '55s' },
    },
    clients: [
      {
        clientId: CLIENT,
        name: options.appName ?? 'Real app',
        secret: 'a-secret-that-is-long-enough-for-a-test-client',
        redirectUris: [app.callback],
        scopes: ['openid', 'email', 'profile'],
        idTokenSignedResponseAlg: 'ES256',
      },
      ...(options.clients ?? []),
    ],
  };
}

/** A server behind a front answers to the front's address. */
function withIssuer(server: TestServer, issuer = server.issuer): TestServer {
  return { ...server, issuer };
}
