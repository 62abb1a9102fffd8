import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Account } from '../../../src/accounts/account.ts';
import { createInvitations } from '../../../src/accounts/invitations.ts';
import { createApprovals } from '../../../src/approval/approvals.ts';
import type { Challenge } from '../../../src/approval/challenge.ts';
import type { Device } from '../../../src/devices/device.ts';
import { linkSecret } from '../../../src/devices/enrolment-tickets.ts';
import type { SignedContext } from '../../../src/protocol/context.ts';
import { enrolmentLink } from '../../../src/protocol/enrolment-link.ts';
import { DEFAULT_PUSH_HOSTS } from '../../../src/push/endpoint.ts';
import { NOWHERE } from '../../../src/risk/place.ts';
import { approvalOptions } from '../../../src/settings.ts';
import { keys } from '../../../src/store/keys.ts';
import type { Tab } from '../browser-tab.ts';
import { BrowserWorld, type BrowserWorldSettings, PERSON_PASSWORD } from '../browser-world.ts';
import { SAMPLE_CONTEXT } from '../sample-challenge.ts';
import { TestBrowser } from '../test-browser.ts';
import { eventually } from './arrivals.ts';
import { addPhone, finishAdding } from './authenticator-tab.ts';
import type { Phone } from './phone.ts';

/** A person whose phone is a real browser. */
export interface PhonePerson {
  readonly account: Account;
  readonly userName: string;
  readonly device: string;
  /** The phone's window, at its list of requests. */
  readonly tab: Tab;
}

/** A browser somewhere that waits for the phone. */
export interface SignInAtDesk {
  readonly number: string;
  readonly chain: string;
  readonly app: string;
  /** Goes on. @returns whether it comes to the next step, the question for consent */
  isApproved(): Promise<boolean>;
  cancel(): Promise<void>;
}

const DESK =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36';

/** A whole server that reaches the push services of these phones, and people who enrol them. */
export class PhoneWorld {
  readonly browsers: BrowserWorld;
  /** Where the authenticator lives. */
  readonly authenticator: string;
  private readonly folder: string;

  private constructor(browsers: BrowserWorld, authenticator: string, folder: string) {
    this.browsers = browsers;
    this.authenticator = authenticator;
    this.folder = folder;
  }

  static async start(phones: readonly Phone[], settings: BrowserWorldSettings = {}): Promise<PhoneWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-phones-'));
    const caFile = join(folder, 'push-ca.pem');
    await writeFile(caFile, phones.map(({ push }) => push.posts.ca).join(''));
    const browsers = await BrowserWorld.start({
      ...settings,
      config: {
        push: {
          allowedHosts: ['localhost', ...DEFAULT_PUSH_HOSTS],
          allowPrivate: true,
          caFile,
          timeout: '1s',
        },
        ...settings.config,
      },
    });
    const { config } = browsers.server.services;
    const origin = config.authenticator.origin ?? new URL(config.issuer).origin;
    return new PhoneWorld(browsers, `${origin}/authenticator/`, folder);
  }

  get services() {
    return this.browsers.server.services;
  }

  /** What the page of an invitation shows as a QR, without that page. @returns the link and how to confirm the device */
  async enrolment(account: Account) {
    const { enrolments, config } = this.services;
    const enrolment = await enrolments.open({
      account: account.sub,
      userName: account.userName,
      approval: 'none',
    });
    const find = () => enrolments.find(account.sub, enrolment.id);
    return {
      link: enrolmentLink(`${this.authenticator}enrol`, {
        issuer: config.issuer,
        secret: linkSecret(enrolment),
      }),
      code: enrolment.code,
      device: async () => (await find())?.device,
      confirm: async () => {
        const device = await eventually('a device at the link', async () => (await find())?.device);
        return enrolments.confirm(account.sub, enrolment.id, device.thumbprint);
      },
      cancel: () => enrolments.cancel(account.sub, enrolment.id),
    };
  }

  /** @returns the address an administrator would send. */
  async invite(account: Account): Promise<string> {
    const { secret } = await createInvitations(this.services).create(account, { by: 'cli' });
    return `${this.browsers.server.issuer}/invitation/${secret}`;
  }

  /** Somebody new, enrolled on this phone by a link; where notifications are allowed the server can push to it. */
  async person(phone: Phone, options: { name?: string; push?: boolean } = {}): Promise<PhonePerson> {
    const account = await this.browsers.newcomer();
    const enrolment = await this.enrolment(account);
    const tab = await phone.open(enrolment.link);
    await addPhone(tab, options.name ?? 'Blue phone');
    await enrolment.confirm();
    await finishAdding(tab);
    const [device] = await this.services.devices.active(account.sub);
    if (!device) throw new Error('no device was bound');
    if (options.push !== false) await this.reach(phone, account.sub, device.id);
    return { account, userName: account.userName, device: device.id, tab };
  }

  /** Waits until the server knows where to push to, and makes that this machine. */
  async reach(phone: Phone, account: string, device: string): Promise<Device> {
    const { devices } = this.services;
    const known = async () => {
      const found = await devices.find(device);
      return found?.subscription ? { found, subscription: found.subscription } : undefined;
    };
    const { found, subscription } = await eventually('a subscription at the server', known);
    const endpoint = phone.push.reachable(subscription.endpoint);
    if (endpoint !== subscription.endpoint) {
      await devices.updateSubscription(account, device, { ...subscription, endpoint });
    }
    return found;
  }

  /** Somebody types this person's password in a browser nobody knows, and waits for the phone. */
  async signIn(person: PhonePerson): Promise<SignInAtDesk> {
    const { browsers } = this;
    const browser = new TestBrowser({ 'user-agent': DESK });
    const request = browsers.request();
    const atApp = (url: string) => url.startsWith(browsers.app.callback);
    const login = await browser.open(request.url);
    const fields = { username: person.userName, password: PERSON_PASSWORD };
    const waiting = await browser.follow(await browser.submit(login, 'login-form', fields), atApp);
    const proceed = async () => browser.follow(await browser.submit(waiting, 'continue-form'), atApp);
    return {
      number: browsers.world.number(waiting),
      chain: /data-poll="[^"]*c=([\w-]+)/.exec(waiting.text)?.[1] ?? '',
      app: browsers.world.server.services.config.clients.find(({ clientId }) => clientId === request.client)!
        .name,
      isApproved: async () => browsers.world.promptOf(await proceed()) === 'consent',
      cancel: async () => {
        await browser.submit(waiting, 'cancel-form');
      },
    };
  }

  /** A request as another part of the provider makes it; nothing is pushed. */
  async ask(person: PhonePerson, more: Partial<SignedContext> = {}): Promise<Challenge> {
    const { store, devices, throttle, audit, config } = this.services;
    const approvals = createApprovals({
      store,
      devices,
      throttle,
      audit,
      notify: () => {},
      mayAnswer: async () => true,
      onReported: async () => {},
      attacks: { harassment: () => {}, spray: () => {} },
      options: approvalOptions(config),
    });
    const context = {
      ...SAMPLE_CONTEXT,
      account: person.userName,
      at: Math.floor((await store.now()) / 1000),
      ...more,
    };
    return approvals.request({
      chain: randomBytes(32).toString('base64url'),
      account: person.account.sub,
      browser: randomBytes(32).toString('base64url'),
      known: false,
      client: { id: 'app', name: context.app.name },
      purpose: context.purpose,
      from: { address: context.address, place: NOWHERE },
      context: () => context,
    });
  }

  /** What the record of a request says of this phone: `sent`, `delivered`, `opened`, ... */
  async stepOf(signIn: Pick<SignInAtDesk, 'chain'>): Promise<string | null | undefined> {
    const record = await this.services.store.get<Challenge>(keys.challenge(signIn.chain));
    return record?.value?.devices[0]?.step;
  }

  async close(): Promise<void> {
    await this.browsers.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}
