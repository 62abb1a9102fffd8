import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import type { Challenge } from '../../src/approval/challenge.ts';
import type { AuditRecord } from '../../src/audit/audit.ts';
import { keys } from '../../src/store/keys.ts';
import { bareHeaders, timeless } from '../support/bare-page.ts';
import { type PushAnswer, type PushService, startPushService } from '../support/push-service.ts';
import { enrolDevice, type SoftwareDevice } from '../support/software-device.ts';
import { TestBrowser, type TestPage } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

interface Case {
  readonly what: string;
  readonly answers: readonly PushAnswer[];
  /** How often the service is asked. */
  readonly pushes: number;
  /** What the record says of the device, and of its subscription. */
  readonly step: 'sent' | null;
  readonly kept: boolean;
  readonly event: { readonly type: string; readonly reason?: string };
}

const SENT = { step: 'sent', kept: true, event: { type: 'push.sent' } } as const;
const GONE = { step: null, kept: false, event: { type: 'push.subscription_removed' } } as const;
const failed = (reason: string) =>
  ({ step: null, kept: true, event: { type: 'push.failed', reason } }) as const;
const TOO_LATE = { 'retry-after': '3600' };

const CASES: readonly Case[] = [
  { what: '201', answers: [{ status: 201 }], pushes: 1, ...SENT },
  { what: '404', answers: [{ status: 404 }], pushes: 1, ...GONE },
  { what: '410', answers: [{ status: 410 }], pushes: 1, ...GONE },
  { what: '413', answers: [{ status: 413 }], pushes: 1, ...failed('413') },
  { what: '403', answers: [{ status: 403 }], pushes: 1, ...failed('403') },
  {
    what: 'a redirect',
    answers: [{ status: 307, headers: { location: 'https://localhost/' } }],
    pushes: 1,
    ...failed('307'),
  },
  {
    what: '429 with a Retry-After in time',
    answers: [{ status: 429, headers: { 'retry-after': '1' } }],
    pushes: 2,
    ...SENT,
  },
  {
    what: '429 with a Retry-After past the request',
    answers: [{ status: 429, headers: TOO_LATE }],
    pushes: 1,
    ...failed('429'),
  },
  { what: '500 once', answers: [{ status: 500 }], pushes: 2, ...SENT },
  {
    what: '503 until after the request',
    answers: [{ status: 503, headers: TOO_LATE }],
    pushes: 1,
    ...failed('503'),
  },
  { what: 'a hang, then 410', answers: ['hang', { status: 410 }], pushes: 2, ...GONE },
  { what: 'a hang, then 201', answers: ['hang'], pushes: 2, ...SENT },
  { what: 'a body that never ends', answers: ['slow-body'], pushes: 1, ...SENT },
  { what: 'a broken connection', answers: ['reset'], pushes: 2, ...SENT },
];

describe('faults: the push service, at the level of a sign-in', () => {
  let world: World;
  let service: PushService;
  let phone: SoftwareDevice;
  before(async () => {
    service = await startPushService();
    world = await createWorld({
      config: { push: { ...(await service.settings()), timeout: '1s' } },
    });
    const { services, issuer } = world.server;
    phone = await enrolDevice(services, issuer, world.person('carol').account, {
      subscription: service.createSubscription().record,
    });
  });
  beforeEach(async () => {
    await world.forgetOpen();
    service.forget();
    // Not by the device itself: the place it was told at would be told of that, by a push more.
    const { devices } = world.server.services;
    await devices.updateSubscription(account(), phone.id, service.createSubscription().record);
  });
  after(async () => {
    await world?.close();
    await service?.stop();
  });

  const account = () => world.person('carol').account.sub;

  /** What the browser got, in the order of its requests. */
  async function upToNumber(browser: TestBrowser) {
    const login = await world.open(browser, world.authorize().url);
    const left = await browser.submit(login, 'login-form', {
      username: 'carol',
      password: world.person('carol').password,
    });
    const waiting = await browser.open(left.next!);
    return { left, waiting, chain: /data-poll="[^"]*c=([\w-]+)/.exec(waiting.text)![1]! };
  }

  const polled = async (browser: TestBrowser, page: TestPage) => {
    const url = /data-poll="([^"]+)"/.exec(page.text)![1]!.replaceAll('&amp;', '&');
    const poll = await browser.request(`${world.issuer}${url}&v=another`);
    const { v: _, ...body } = JSON.parse(poll.text) as Record<string, unknown>;
    return { status: poll.status, body: { ...body, secondsLeft: 0 } };
  };

  /** The event of this push: all that the account has come by since. */
  async function pushEvent(since: string | undefined): Promise<AuditRecord> {
    for (const end = performance.now() + 10_000; performance.now() < end; await delay(20)) {
      await world.server.services.audit.flush();
      const { events } = await world.server.services.audit.read(
        { account: account() },
        { limit: 100, ...(since === undefined ? {} : { after: since }) },
      );
      const found = events.map(({ event }) => event).find(({ type }) => type.startsWith('push.'));
      if (found) return found;
    }
    throw new Error('no push.* event within 10 s');
  }
  const lastEvent = async () => {
    await world.server.services.audit.flush();
    let after: string | undefined;
    for (;;) {
      const options = { limit: 1000, ...(after === undefined ? {} : { after }) };
      const { events } = await world.server.services.audit.read({ account: account() }, options);
      if (events.length === 0) return after;
      after = events.at(-1)!.id;
    }
  };

  let first: { pages: TestPage[]; polls: unknown[] } | undefined;

  for (const { what, answers, pushes, step, kept, event } of CASES) {
    it(`F11 R42: ${what}: the page is the same to the byte, the record says what came of it, the device gets its request`, async () => {
      const since = await lastEvent();
      service.answerNext(...answers);
      const browser = new TestBrowser();
      const { left, waiting, chain } = await upToNumber(browser);
      const polls = [await polled(browser, waiting)];
      await service.receivedCount(1);
      const recorded = await pushEvent(since);
      polls.push(await polled(browser, waiting));
      const pages = [left, waiting, await browser.request(waiting.url)];

      first ??= { pages, polls };
      for (const [n, page] of pages.entries()) {
        expect(timeless(page), `page ${n}`).to.equal(timeless(first.pages[n]!));
        expect(bareHeaders(page), `headers ${n}`).to.deep.equal(bareHeaders(first.pages[n]!));
      }
      expect(polls).to.deep.equal(first.polls);

      expect(recorded).to.include({ ...event, account: account(), device: phone.id });
      expect(service.received).to.have.length(pushes);
      const record = await world.store.get<Challenge>(keys.challenge(chain));
      expect(record!.value!.devices.map((one) => one.step)).to.deep.equal([step]);
      const device = await world.server.services.devices.find(phone.id);
      expect(device!.subscription !== null, 'the subscription is kept').to.equal(kept);

      await phone.approve(world.number(waiting));
      const walked = await world.walk(browser, await world.post(browser, waiting, 'continue'));
      expect(walked.code).to.be.a('string');
    });
  }
});
