import { expect } from 'chai';
import { later, resetClock } from '../support/clock.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

/** The attacker has the password and tries every way around the push. */
describe('walk: skipping the push', () => {
  let world: World;
  before(async () => {
    world = await createWorld();
  });
  beforeEach(() => world.forgetOpen());
  afterEach(resetClock);
  after(() => world.close());

  const atPush = async (browser = new TestBrowser()) => {
    const request = world.authorize();
    const { page } = await world.walk(browser, request, { until: 'push' });
    return { browser, page, request };
  };

  it('R31: going on without an answer leads back to waiting', async () => {
    const { browser, page } = await atPush();
    const after = await world.post(browser, page, 'continue');
    expect(after.text).to.include('data-number');
    expect(after.next).to.equal(undefined);
  });

  it('R31: the resume URL of the push step leads back to it, as often as it is tried', async () => {
    const { browser, page } = await atPush();
    const uid = page.url.split('/').at(-1);
    for (let n = 0; n < 3; n++) {
      const back = await world.open(browser, `${world.issuer}/authorize/${uid}`);
      expect(world.promptOf(back)).to.equal('push');
    }
  });

  it('R31: the consent and password forms of the push step do nothing there', async () => {
    const { browser, page } = await atPush();
    for (const step of ['consent', 'deny']) {
      const after = await world.post(browser, page, step);
      expect(world.promptOf(after), step).to.equal('push');
      expect(after.next).to.equal(undefined);
    }
    const again = await browser.follow(
      await browser.request(`${page.url}/password`, {
        form: { username: 'bob', password: world.person('bob').password },
      }),
    );
    expect(world.promptOf(again)).to.equal('push');
  });

  it('R31: going back to the password page of the chain and resuming from there gives no code', async () => {
    const browser = new TestBrowser();
    const login = await world.open(browser, world.authorize().url);
    const left = await browser.submit(login, 'login-form', {
      username: 'alice',
      password: world.person('alice').password,
    });
    const spent = browser.clone();
    const waiting = await browser.follow(left);
    expect(world.promptOf(waiting)).to.equal('push');
    const replay = await spent.request(left.next!);
    expect(replay.status).to.equal(400);
    expect(await browser.request(login.url)).to.have.property('status', 400);
  });

  it('R56: prompt=none right after the password has nobody signed in', async () => {
    const { browser } = await atPush();
    const silent = await world.signIn(browser, { prompt: 'none' });
    expect(silent.error).to.equal('login_required');
  });

  it('R6: an approval given to one browser is worth nothing in another one of the same person', async () => {
    const [mine, other] = [await atPush(), await atPush()];
    const device = world.person('alice').device!;
    const [newer, older] = await device.waiting();
    const challenge = [newer!, older!];
    const number = world.number(mine.page);
    for (const one of challenge) await device.client.answer(one, 'approve', { number }).catch(() => {});
    const stolen = await world.post(other.browser, other.page, 'continue');
    expect(stolen.next).to.equal(undefined);
    expect(world.promptOf(stolen)).to.equal('push');
    expect(
      (await world.walk(mine.browser, await world.post(mine.browser, mine.page, 'continue'))).code,
    ).to.be.a('string');
  });

  it('F18: an approval is consumed once, for one chain', async () => {
    const { browser, page } = await atPush();
    await world.person('alice').device!.approve(world.number(page));
    const before = browser.clone();
    const walked = await world.walk(browser, await world.post(browser, page, 'continue'));
    expect(walked.code).to.be.a('string');
    const replay = await before.request(`${page.url}/continue`, { form: {} });
    expect(replay.next ? (await before.request(replay.next)).status : replay.status).to.be.oneOf([
      400, 403, 409,
    ]);
  });

  it('another account’s session cookie does not lend its approval', async () => {
    const bob = new TestBrowser();
    await world.signIn(bob, {}, 'app', { name: 'bob' });
    const { browser, page } = await atPush();
    for (const name of ['session', 'session.sig']) browser.setCookie(name, bob.cookie(name)!, page.url);
    const after = await world.post(browser, page, 'continue');
    expect(world.promptOf(after)).to.equal('push');
    expect(after.next).to.equal(undefined);
  });

  it('a stale chain replayed after sign-out gives no session', async () => {
    const browser = new TestBrowser();
    const { page } = await world.walk(browser, world.authorize({ prompt: 'consent' }), { until: 'consent' });
    const before = browser.clone();
    await world.signOut(browser);
    later(1);
    const replay = await world.post(before, page, 'consent');
    expect(replay.next ?? '').not.to.include('code=');
    expect((await world.walk(before, world.authorize(), { until: 'login' })).prompts).to.equal('login');
  });
});
