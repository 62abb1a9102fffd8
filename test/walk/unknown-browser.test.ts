import { expect } from 'chai';
import { bare, bareHeaders, timeless } from '../support/bare-page.ts';
import { later, resetClock } from '../support/clock.ts';
import { countingStore } from '../support/counting-store.ts';
import { enrolDevice } from '../support/software-device.ts';
import { TestBrowser, type TestPage } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

describe('walk: what a browser nobody knows is told', () => {
  let world: World;
  let counting: ReturnType<typeof countingStore>;
  before(async () => {
    world = await createWorld({
      // What a page could offer or ask besides must tell nothing either.
      config: { session: { rememberBrowser: '14d' } },
      wrapStore: (store) => {
        counting = countingStore(store);
        return counting.store;
      },
    });
  });
  beforeEach(() => world.forgetOpen());
  afterEach(resetClock);
  after(() => world.close());

  /** The audit log is written behind the answer, so its calls come whenever they come. */
  async function callsOf(work: () => Promise<TestPage>): Promise<{ page: TestPage; calls: string[] }> {
    await world.server.services.audit.flush();
    counting.reset();
    const page = await work();
    const calls = counting.calls().filter((verb) => verb !== 'log.append' && verb !== 'now');
    return { page, calls };
  }

  async function tryPassword(username: string, password: string) {
    const browser = new TestBrowser();
    const login = await world.open(browser, world.authorize().url);
    return callsOf(() => browser.submit(login, 'login-form', { username, password }));
  }

  it('R42: no such person, a wrong password and a disabled person: the same bytes, headers and store calls', async () => {
    await world.server.services.accounts.setDisabled(world.person('bob').account.sub, true);
    const tries = [
      await tryPassword('nobody', 'some password or other'),
      await tryPassword('alice', 'some password or other'),
      await tryPassword('bob', world.person('bob').password),
    ];
    await world.server.services.accounts.setDisabled(world.person('bob').account.sub, false);
    for (const { page, calls } of tries) {
      expect(page.status).to.equal(401);
      expect(bare(page)).to.equal(bare(tries[0]!.page));
      expect(bareHeaders(page)).to.deep.equal(bareHeaders(tries[0]!.page));
      expect(calls).to.deep.equal(tries[0]!.calls);
    }
  });

  it('R42 R59: right password without a device, with one, past the cap: the same pages, polls and store calls until a device answers', async () => {
    const seen: { name: string; calls: string[]; pages: TestPage[]; poll: string }[] = [];
    const run = async (name: 'alice' | 'bob' | 'carol', label: string) => {
      const browser = new TestBrowser();
      const login = await world.open(browser, world.authorize().url);
      const { page: left, calls } = await callsOf(() =>
        browser.submit(login, 'login-form', { username: name, password: world.person(name).password }),
      );
      const waiting = await browser.open(left.next!);
      const url = /data-poll="([^"]+)"/.exec(waiting.text)![1]!.replaceAll('&amp;', '&');
      const version = /data-version="([^"]+)"/.exec(waiting.text)![1]!;
      const poll = await browser.request(`${world.issuer}${url}&v=not-${version}`);
      const { v: _, ...answer } = JSON.parse(poll.text) as Record<string, unknown>;
      seen.push({
        name: label,
        calls,
        pages: [left, waiting],
        poll: JSON.stringify({ ...answer, secondsLeft: 0 }),
      });
    };
    await run('carol', 'no device');
    await run('alice', 'a device');
    await run('bob', 'a device');
    await run('bob', 'a second browser');
    await run('bob', 'past the cap of two');
    expect(await world.person('bob').device!.waiting()).to.have.length(2);
    for (const one of seen) {
      expect(one.calls, one.name).to.deep.equal(seen[0]!.calls);
      expect(one.poll, one.name).to.equal(seen[0]!.poll);
      one.pages.forEach((page, i) => {
        expect(timeless(page), one.name).to.equal(timeless(seen[0]!.pages[i]!));
        expect(bareHeaders(page), one.name).to.deep.equal(bareHeaders(seen[0]!.pages[i]!));
      });
    }
  });

  it('R10 R42: past the push limit nothing is sent, nothing shows it, and a success opens it again', async () => {
    const tight = { max: 2, window: '10min' };
    const small = await createWorld({
      config: {
        limits: {
          push: { perAccount: [tight], knownBrowser: tight },
          password: { perAccount: { max: 99, window: '10min' } },
        },
      },
    });
    try {
      const alice = small.person('alice').device!;
      const attempt = async () => {
        await small.forgetOpen();
        const browser = new TestBrowser();
        return { browser, ...(await small.walk(browser, small.authorize(), { until: 'push' })) };
      };
      const first = await attempt();
      await attempt();
      const third = await attempt();
      expect(await alice.waiting()).to.have.length(0);
      expect(timeless(third.page)).to.equal(timeless(first.page));
      later(11 * 60);
      const { browser, page } = await attempt();
      expect((await small.walk(browser, page)).code).to.be.a('string');
      for (let n = 0; n < 2; n++) {
        await attempt();
        expect(await alice.waiting()).to.have.length(1);
      }
    } finally {
      await small.close();
    }
  });

  it('R7 R8 R9: wrong numbers close push for unknown browsers, under every spelling, until the owner gets in', async () => {
    const small = await createWorld({
      config: {
        limits: {
          push: { perAccount: [{ max: 99, window: '10min' }], knownBrowser: { max: 99, window: '10min' } },
          wrongNumbers: { perAccount: { max: 3, window: '1h' } },
        },
      },
    });
    try {
      const device = small.person('alice').device!;
      const known = new TestBrowser();
      await small.signIn(known);
      const browser = new TestBrowser();
      let { page } = await small.walk(browser, small.authorize(), { until: 'push' });
      for (let n = 0; n < 3; n++) {
        await device.approve(small.number(page) === '000000' ? '000001' : '000000').catch(() => {});
        later(21);
        page = await small.post(browser, page, 'send');
      }
      for (const username of ['alice', 'ALICE@example.com', 'Ａlice']) {
        const stranger = new TestBrowser();
        const login = await small.open(stranger, small.authorize().url);
        await small.forgetOpen();
        await browser.follow(
          await stranger.submit(login, 'login-form', { username, password: small.person('alice').password }),
          () => true,
        );
        expect(await device.waiting(), username).to.have.length(0);
      }
      const again = await small.signIn(known, { prompt: 'login' });
      expect(again.code).to.be.a('string');
      await small.forgetOpen();
      await small.walk(new TestBrowser(), small.authorize(), { until: 'push' });
      expect(await device.waiting()).to.have.length(1);
    } finally {
      await small.close();
    }
  });

  it('F7: sign-ins from many addresses and browsers make no more pushes than the cap, and the owner still gets in', async () => {
    const small = await createWorld({
      config: {
        http: { trustedProxies: ['127.0.0.1', '::1'] },
        limits: {
          push: { perAccount: [{ max: 3, window: '10min' }], knownBrowser: { max: 5, window: '10min' } },
          password: { perAccount: { max: 500, window: '10min' } },
        },
      },
    });
    try {
      const device = small.person('alice').device!;
      const owner = new TestBrowser();
      await small.signIn(owner);
      const asked = new Set<string>();
      for (let n = 1; n <= 40; n++) {
        const thief = new TestBrowser({ 'x-forwarded-for': `198.51.100.${n}` });
        await small.walk(thief, small.authorize(), { until: 'push' });
        for (const { id } of await device.waiting()) asked.add(id);
        await small.forgetOpen();
      }
      expect(asked.size).to.equal(3);
      expect((await small.signIn(owner, { prompt: 'login' })).code).to.be.a('string');
    } finally {
      await small.close();
    }
  });

  it('R59: an unknown browser sees no device names and no receipts, a known one does', async () => {
    const browser = new TestBrowser();
    const first = await world.walk(browser, world.authorize(), { until: 'push' });
    const device = world.person('alice').device!;
    const challenge = await device.newest();
    await device.client.receipt(challenge.id, 'delivered');
    expect((await browser.request(first.page.url)).text).not.to.include('Test phone');
    await world.walk(browser, first.page);

    const second = await world.walk(browser, world.authorize({ prompt: 'login' }), { until: 'push' });
    const next = await device.newest();
    expect(second.page.text).to.include('Test phone');
    await device.client.receipt(next.id, 'opened');
    expect((await browser.request(second.page.url)).text).to.include('Opened');
  });

  it('R12 F4: two browsers at once, a second apart, are both shown, and neither number fits the other', async () => {
    const [a, b] = [new TestBrowser(), new TestBrowser()];
    const first = await world.walk(a, world.authorize(), { until: 'push' });
    later(1);
    const second = await world.walk(b, world.authorize(), { until: 'push' });
    const device = world.person('alice').device!;
    const waiting = await device.waiting();
    expect(waiting).to.have.length(2);
    const older = waiting[1]!;
    const wrong = await device.client
      .answer(older, 'approve', { number: world.number(second.page) })
      .catch((error: { code: string }) => error.code);
    expect(wrong).to.equal('wrong_number');
    await device.client.answer(older, 'approve', { number: world.number(first.page) });
    expect(
      (await world.walk(b, await world.post(b, second.page, 'continue'), { max: 0 })).page.text,
    ).to.include('data-number');
    expect((await world.walk(a, await world.post(a, first.page, 'continue'))).code).to.be.a('string');
  });

  it('R12: a second known browser is told that the first one has to be answered; an unknown one is told nothing', async () => {
    const [a, b, stranger] = [new TestBrowser(), new TestBrowser(), new TestBrowser()];
    await world.signIn(a);
    await world.signIn(b);
    await world.walk(a, world.authorize({ prompt: 'login' }), { until: 'push' });
    const second = await world.walk(b, world.authorize({ prompt: 'login' }), { until: 'push' });
    expect(second.page.text).to.include('Another browser of yours is waiting');
    expect(second.page.text, 'a number that no phone takes').not.to.include('data-number');
    expect(await world.person('alice').device!.waiting()).to.have.length(1);
    for (let n = 0; n < 3; n++) {
      const { page } = await world.walk(n < 2 ? new TestBrowser() : stranger, world.authorize(), {
        until: 'push',
      });
      expect(page.text).not.to.include('id="withheld"');
    }
    await world.person('alice').device!.deny();
    await world.person('alice').device!.deny();
    await world.person('alice').device!.deny();
    later(21);
    const again = await world.post(b, second.page, 'send');
    expect(again.text).not.to.include('id="withheld"');
    expect(await world.person('alice').device!.waiting()).to.have.length(1);
  });

  it('R12: asking again in one browser supersedes its own request, and nobody else’s', async () => {
    const [a, b] = [new TestBrowser(), new TestBrowser()];
    const other = await world.walk(b, world.authorize(), { until: 'push' });
    const first = await world.walk(a, world.authorize(), { until: 'push' });
    const second = await world.walk(a, world.authorize(), { until: 'push' });
    expect(await world.person('alice').device!.waiting()).to.have.length(2);
    expect((await a.request(first.page.url)).text).to.include('A newer request took over');
    expect((await b.request(other.page.url)).text).to.include('data-number');
    expect((await a.request(second.page.url)).text).to.include('data-number');
  });

  it('R22 R23: only the devices it was sent to may answer; a device revoked meanwhile may not', async () => {
    const { services, issuer } = world.server;
    const account = world.person('carol').account;
    const phone = await enrolDevice(services, issuer, account, { name: 'Carol’s phone' });
    const browser = new TestBrowser();
    const { page } = await world.walk(browser, world.authorize(), { until: 'push', name: 'carol' });
    const challenge = await phone.newest();
    const bobs = await world
      .person('bob')
      .device!.client.answer(challenge, 'approve', { number: world.number(page) })
      .catch((error: { status: number }) => error.status);
    expect(bobs).to.be.oneOf([403, 404]);
    await services.devices.revoke(account.sub, phone.id);
    const revoked = await phone.client
      .answer(challenge, 'approve', { number: world.number(page) })
      .catch((error: { status: number }) => error.status);
    expect(revoked).to.be.oneOf([401, 403, 404]);
    expect((await browser.request(page.url)).text).to.include('data-number');
  });
});
