import { expect } from 'chai';
import { keys, names } from '../../src/store/keys.ts';
import { later, resetClock } from '../support/clock.ts';
import { TestBrowser, type TestPage } from '../support/test-browser.ts';
import { stopBeforeResume } from '../support/walk-steps.ts';
import { createWorld, type World } from '../support/walk-world.ts';

const OFFLINE = { scope: 'openid offline_access', prompt: 'consent' };

describe('walk: two people, and people who are let go', () => {
  let world: World;
  // A world a scenario: a disabled person stays disabled.
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(async () => {
    resetClock();
    await world.close();
  });

  const sub = (name: 'alice' | 'bob') => world.person(name).account.sub;
  const disable = () => world.server.services.accounts.setDisabled(sub('alice'), true);

  it('R62: bob signs in where alice was: her session ends, his begins', async () => {
    const browser = new TestBrowser();
    const first = await world.signIn(browser);
    const { entries } = await world.store.index.page(names.sessions(sub('alice')), { limit: 10 });
    const second = await world.signIn(browser, { prompt: 'login' }, 'app', { name: 'bob' });
    expect(second.prompts).to.equal('login>push>consent');
    expect(second.claims.sub).to.equal(sub('bob'));
    expect(await world.store.get(keys.sessionEnded(entries[0]!.member))).to.not.equal(undefined);
    expect(await world.userinfo(first.tokens.access_token!)).to.equal(401);
  });

  it('R33: a disabled person’s session, codes and tokens are dead at once, and nothing is a 500', async () => {
    const browser = new TestBrowser();
    const { tokens } = await world.signIn(browser, OFFLINE);
    const request = world.authorize();
    const { code } = await world.walk(browser, request);
    await disable();
    const back = await world.walk(browser, world.authorize(), { until: 'login' });
    expect(back.prompts).to.equal('login');
    expect((await world.signIn(browser, { prompt: 'none' })).error).to.equal('login_required');
    expect((await world.redeem(request, code!)).error).to.equal('invalid_grant');
    expect((await world.refresh(tokens.refresh_token!)).error).to.equal('invalid_grant');
    expect(await world.userinfo(tokens.access_token!)).to.equal(401);
    expect(await world.active(tokens.access_token!)).to.equal(false);
    const bob = await world.signIn(browser, {}, 'app', { name: 'bob' });
    expect(bob.claims.sub, 'bob in that browser').to.equal(sub('bob'));
  });

  /** Alice has approved; what is left to do, and the page it ends on. */
  const moments: Record<string, (browser: TestBrowser, waiting: TestPage) => Promise<TestPage>> = {
    'before continue': async (browser, waiting) => {
      await disable();
      return world.post(browser, waiting, 'continue');
    },
    'before the resume': async (browser, waiting) => {
      const resume = await stopBeforeResume(browser, waiting, 'continue');
      await disable();
      return world.open(browser, resume);
    },
    'on the consent page': async (browser, waiting) => {
      const consent = await world.post(browser, waiting, 'continue');
      expect(world.promptOf(consent)).to.equal('consent');
      await disable();
      return world.post(browser, consent, 'consent');
    },
  };

  for (const [moment, goOn] of Object.entries(moments)) {
    it(`R33: disabled ${moment}: back to the password page, where bob can go on`, async () => {
      const browser = new TestBrowser();
      const request = world.authorize();
      const { page } = await world.walk(browser, request, { until: 'push' });
      await world.person('alice').device!.approve(world.number(page));
      const after = await goOn(browser, page);
      expect(world.promptOf(after)).to.equal('login');
      const bob = await world.walk(browser, after, { name: 'bob' });
      expect(bob.prompts).to.equal('login>push>consent');
      const tokens = await world.redeem(request, bob.code!);
      const { decodeJwt } = await import('jose');
      expect(decodeJwt(tokens.id_token!).sub).to.equal(sub('bob'));
    });
  }

  it('R33: disabled while the phone shows the request: its approval is refused', async () => {
    const browser = new TestBrowser();
    const { page } = await world.walk(browser, world.authorize(), { until: 'push' });
    const device = world.person('alice').device!;
    const challenge = await device.newest();
    await disable();
    await device.client.answer(challenge, 'approve', { number: world.number(page) }).catch(() => {});
    const after = await world.post(browser, page, 'continue');
    expect(world.promptOf(after)).to.equal('login');
  });

  it('R63: signed out everywhere while a chain waits: a password typed before it is no proof', async () => {
    const browser = new TestBrowser();
    const { page } = await world.walk(browser, world.authorize(), { until: 'push' });
    later(3);
    await world.server.server.signOutEverywhere(sub('alice'));
    later(3);
    await world
      .person('alice')
      .device!.approve(world.number(page))
      .catch(() => {});
    const after = await world.post(browser, page, 'continue');
    expect(world.promptOf(after)).to.equal('login');
    expect((await world.walk(browser, after)).code).to.be.a('string');
  });

  it('R63: an approval consumed before it and resumed after makes no session', async () => {
    const browser = new TestBrowser();
    const { page } = await world.walk(browser, world.authorize(), { until: 'push' });
    await world.person('alice').device!.approve(world.number(page));
    const resume = await stopBeforeResume(browser, page, 'continue');
    later(3);
    await world.server.server.signOutEverywhere(sub('alice'));
    const after = await world.open(browser, resume);
    expect(after.status).to.be.lessThan(500);
    const next = await world.walk(browser, world.authorize(), { until: 'login' });
    expect(next.prompts).to.equal('login');
  });
});
