import { expect } from 'chai';
import { forgetRemembered } from '../../src/remembered/remembered-list.ts';
import { openAccount } from '../support/account-steps.ts';
import { later, resetClock } from '../support/clock.ts';
import { countingStore } from '../support/counting-store.ts';
import { enrolDevice } from '../support/software-device.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { enterUserCode, startDevice } from '../support/walk-steps.ts';
import { createWorld, type PersonName, type World } from '../support/walk-world.ts';

const REMEMBERED = 'urn:countersign:acr:remembered';
const PUSH = 'urn:countersign:acr:push';
const HOUR = 3600;
const DAY = 24 * HOUR;
/** A change just before is reason enough for risk rules to ask a device: long enough after it they are silent. */
const PAST_RECENT = 4 * DAY;
const COOKIE = /^remembered-/;

const picky = {
  clientId: 'picky',
  name: 'Picky',
  secret: 'a-secret-that-is-long-enough-for-a-test-client',
  redirectUris: ['https://app.example/cb'],
  idTokenSignedResponseAlg: 'ES256',
  proof: 'push',
};

describe('walk: remembered browsers', () => {
  let world: World;
  let counting: ReturnType<typeof countingStore>;
  before(async () => {
    world = await createWorld({
      config: { session: { rememberBrowser: '14d' } },
      clients: [picky],
      wrapStore: (store) => {
        counting = countingStore(store);
        return counting.store;
      },
    });
  });
  let theftsBefore: number;
  beforeEach(async () => {
    await world.forgetOpen();
    await forgetRemembered(world.store, world.person('alice').account.sub, 'all');
    theftsBefore = await thefts();
  });
  // The clock only goes on, as a real one: what a test ended must not lie in the future of the next one.
  after(async () => {
    resetClock();
    await world.close();
  });

  /** Signs in with the box ticked. */
  async function rememberIn(browser: TestBrowser, name: PersonName = 'alice', client = 'app') {
    const { page } = await world.walk(browser, world.authorize({}, client), { name, until: 'push' });
    await world.person(name).device!.approve(world.number(page));
    const after = await world.post(browser, page, 'continue', { remember: 'yes' });
    return world.walk(browser, after, { name });
  }

  const cookieOf = (browser: TestBrowser) => browser.cookies.find(({ name }) => COOKIE.test(name));
  /** The session is gone, as after a night; both cookies of the browser are there. */
  const nextDay = (browser: TestBrowser) => {
    later(13 * HOUR);
    browser.dropCookie('session');
    browser.dropCookie('session.sig');
  };
  async function remembered(): Promise<TestBrowser> {
    const browser = new TestBrowser();
    expect((await rememberIn(browser)).code).to.be.a('string');
    nextDay(browser);
    return browser;
  }
  const events = async (type: string) => {
    await world.server.services.audit.flush();
    const { events: all } = await world.server.services.audit.read(
      { account: world.person('alice').account.sub },
      { limit: 1000 },
    );
    return all.filter(({ event }) => event.type === type).map(({ event }) => event);
  };
  const thefts = async () => (await events('remembered.stolen')).length;

  it('asks the password alone, sends nothing, and says no more than that in acr and amr (R47)', async () => {
    const browser = await remembered();
    const before = cookieOf(browser)!.value;
    const again = await world.signIn(browser);
    expect(again.prompts).to.equal('login');
    expect(again.claims).to.deep.include({ acr: REMEMBERED, amr: ['pwd'] });
    expect(await world.person('alice').device!.waiting()).to.have.length(0);
    expect(cookieOf(browser)!.value, 'it changes at every use').not.to.equal(before);
    nextDay(browser);
    expect((await world.signIn(browser)).prompts).to.equal('login');
    expect(await events('remembered.used')).to.have.length(2);
  });

  it('needs the right password: the cookie alone is nothing', async () => {
    const browser = await remembered();
    const login = await world.open(browser, world.authorize().url);
    expect(world.promptOf(login)).to.equal('login');
    const wrong = await browser.submit(login, 'login-form', { username: 'alice', password: 'not this one' });
    expect(wrong.status).to.equal(401);
    expect((await world.signIn(browser, {}, 'app', { name: 'bob' })).claims['acr']).to.equal(PUSH);
  });

  it('remembers nothing without the tick', async () => {
    const browser = new TestBrowser();
    await world.signIn(browser);
    expect(cookieOf(browser)).to.equal(undefined);
  });

  it('never meets an acr that a request asks for, voluntary or essential (R48)', async () => {
    const essential = JSON.stringify({ id_token: { acr: { essential: true, value: PUSH } } });
    for (const asks of [{ acr_values: PUSH }, { claims: essential }]) {
      const browser = await remembered();
      const { prompts, claims } = await world.signIn(browser, asks);
      expect(prompts).to.equal('login>push');
      expect(claims['acr']).to.equal(PUSH);
    }
  });

  it('never meets a client that opts out or wants everything anew, nor /account; each has its session climb', async () => {
    for (const client of ['picky', 'strict']) {
      const browser = await remembered();
      expect((await world.signIn(browser, {}, client)).prompts, client).to.include('login>push');
    }
    const browser = await remembered();
    expect((await world.signIn(browser)).claims['acr']).to.equal(REMEMBERED);
    expect(world.promptOf(await browser.open(`${world.issuer}/account`))).to.equal('push');
    expect((await world.signIn(browser, {}, 'picky')).prompts).to.include('push');
  });

  it('R55: never lets a device code through, and none of its approvals remembers a browser', async () => {
    const browser = await remembered();
    await world.signIn(browser);
    const code = await startDevice(world);
    const page = await enterUserCode(world, browser, code.user_code);
    expect(world.promptOf(page)).to.equal('push');

    const fresh = new TestBrowser();
    const login = await enterUserCode(world, fresh, (await startDevice(world)).user_code);
    const waiting = await world.password(fresh, login, 'alice');
    expect(waiting.text).not.to.include('Remember this browser');
    await world.person('alice').device!.approve(world.number(waiting));
    await world.post(fresh, waiting, 'continue', { remember: 'yes' });
    expect(cookieOf(fresh)).to.equal(undefined);
  });

  it('offers it only where it would count: not for a step-up, an app that opts out, or an asked acr', async () => {
    const post = async (browser: TestBrowser, asks: Record<string, string>, client: string) => {
      const { page } = await world.walk(browser, world.authorize(asks, client), { until: 'push' });
      const waiting = /data-number=/.test(page.text) ? page : await world.post(browser, page, 'send');
      expect(waiting.text).not.to.include('Remember this browser');
      await world.person('alice').device!.approve(world.number(waiting));
      await world.post(browser, waiting, 'continue', { remember: 'yes' });
      expect(cookieOf(browser), client).to.equal(undefined);
    };
    const lax = new TestBrowser();
    await world.signIn(lax, {}, 'lax');
    await post(lax, {}, 'app');
    await post(new TestBrowser(), {}, 'picky');
    await post(new TestBrowser(), { acr_values: PUSH }, 'app');
  });

  it('is void beside another browser cookie, and gone from then on', async () => {
    const browser = await remembered();
    const thief = new TestBrowser();
    await world.open(thief, world.authorize().url);
    const { name, value } = cookieOf(browser)!;
    thief.setCookie(name, value, world.issuer);
    expect((await world.signIn(thief)).prompts).to.include('push');
    await world.forgetOpen();
    expect((await world.signIn(browser)).prompts).to.equal('login>push');
  });

  it('a cookie somebody made up costs no store call and ends nothing', async () => {
    const owner = await remembered();
    const { name, value } = cookieOf(owner)!;
    const calls = async (cookie: string | undefined) => {
      const browser = new TestBrowser();
      const login = await world.open(browser, world.authorize().url);
      if (cookie !== undefined) browser.setCookie(name, cookie, world.issuer);
      await world.server.services.audit.flush();
      counting.reset();
      const { password } = world.person('alice');
      await browser.submit(login, 'login-form', { username: 'alice', password });
      await world.forgetOpen();
      return counting.calls().filter((verb) => verb !== 'log.append' && verb !== 'now');
    };
    const [series, , mac] = value.split('.');
    const without = await calls(undefined);
    for (const forged of [
      `${series}.7.${mac}`,
      `${series}.0.${mac!.replace(/^./, 'x')}`,
      'x',
      `${'A'.repeat(43)}.0.${mac}`,
    ])
      if (forged !== value) expect(await calls(forged), forged).to.deep.equal(without);
    expect((await world.signIn(owner)).prompts).to.equal('login');
  });

  it('two holders of one cookie: the second one’s old value ends all of the account, signs out, and tells', async () => {
    const other = await remembered();
    const owner = await remembered();
    const thief = owner.clone();
    const stolen = await world.signIn(thief, { scope: 'openid offline_access', prompt: 'consent' });
    expect(stolen.claims['acr']).to.equal(REMEMBERED);
    expect(await world.active(stolen.tokens.access_token!)).to.equal(true);
    later(61);
    const login = await world.open(owner, world.authorize().url);
    const after = await world.password(owner, login, 'alice');
    expect(world.promptOf(after)).to.equal('login');
    expect(await thefts()).to.equal(theftsBefore + 1);
    expect(await world.active(stolen.tokens.access_token!)).to.equal(false);
    later(1);
    for (const browser of [owner, thief, other]) {
      nextDay(browser);
      expect((await world.signIn(browser)).prompts).to.equal('login>push');
    }
    expect(await thefts()).to.equal(theftsBefore + 1);
  });

  it('two tabs at once, and a lost answer tried again within a minute, are no theft', async () => {
    const browser = await remembered();
    const tabs = [browser, browser.clone()];
    const walked = await Promise.all(tabs.map((tab) => world.signIn(tab)));
    expect(new Set(walked.map(({ claims }) => claims['acr']))).to.deep.equal(new Set([REMEMBERED]));
    // One of them rotates it; the others are given the same.
    expect(new Set(tabs.map((tab) => cookieOf(tab)!.value)).size).to.equal(1);

    const before = browser.clone();
    nextDay(before);
    before.cookies = browser.cookies.filter(({ name }) => !/session/.test(name));
    const lost = before.clone();
    const login = await world.open(lost, world.authorize().url);
    const { password } = world.person('alice');
    await lost.submit(login, 'login-form', { username: 'alice', password }); // and nobody reads the answer
    later(30);
    expect((await world.signIn(before)).prompts).to.equal('login');
    expect(await thefts()).to.equal(theftsBefore);
  });

  it('an answer that never arrived, found out later: a device is asked, and nobody is accused', async () => {
    const browser = await remembered();
    const lost = browser.clone();
    const login = await world.open(lost, world.authorize().url);
    const { password } = world.person('alice');
    await lost.submit(login, 'login-form', { username: 'alice', password });
    later(61);
    expect((await world.signIn(browser)).prompts).to.equal('login>push');
    expect(await thefts()).to.equal(theftsBefore);
  });

  it('ends with the removal of any device the account had then', async () => {
    const { account } = world.person('alice');
    const { devices } = world.server.services;
    const tablet = await enrolDevice(world.server.services, world.issuer, account, { name: 'Tablet' });
    const browser = await remembered();
    await devices.revoke(account.sub, tablet.id);
    later(PAST_RECENT);
    expect((await world.signIn(browser)).prompts).to.equal('login>push');
  });

  const ends: readonly [string, (browser: TestBrowser) => Promise<unknown>][] = [
    ['the days are over', async () => later(14 * DAY)],
    [
      'a new password',
      async () => {
        const { accounts } = world.server.services;
        const { sub, passwordHash } = (await accounts.get(world.person('alice').account.sub))!;
        await accounts.setPassword(sub, passwordHash!);
      },
    ],
    [
      'a sign-out everywhere',
      async () => world.server.server.signOutEverywhere(world.person('alice').account.sub),
    ],
    [
      '“Secure my account”',
      async () => {
        await world.person('alice').device!.client.secure();
        await world.person('alice').device!.client.resume();
      },
    ],
    [
      'a report',
      async () => {
        await world.walk(new TestBrowser(), world.authorize(), { until: 'push' });
        await world.person('alice').device!.report();
        expect((await events('remembered.ended')).at(-1)).to.include({ by: 'device', browsers: 1 });
      },
    ],
  ];
  for (const [what, end] of ends)
    it(`ends with ${what}`, async () => {
      const browser = await remembered();
      await end(browser);
      later(PAST_RECENT);
      await world.forgetOpen();
      expect((await world.signIn(browser)).prompts).to.include('login>push');
    });
});

describe('walk: remembered browsers, while nobody may have one', () => {
  let world: World;
  before(async () => {
    world = await createWorld();
  });
  after(() => world.close());

  it('offers nothing, and a form that says otherwise remembers nothing', async () => {
    const browser = new TestBrowser();
    const { page } = await world.walk(browser, world.authorize(), { until: 'push' });
    expect(page.text).not.to.include('Remember this browser');
    await world.person('alice').device!.approve(world.number(page));
    await world.post(browser, page, 'continue', { remember: 'yes' });
    expect(cookieOfAny(browser)).to.equal(undefined);
    await openAccount(world, browser);
  });

  const cookieOfAny = (browser: TestBrowser) => browser.cookies.find(({ name }) => COOKIE.test(name));
});
