import { expect } from 'chai';
import { later, resetClock } from '../support/clock.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

const MINUTE = 60;

describe('walk: proofs grow old', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(async () => {
    resetClock();
    await world.close();
  });

  it('a password proof of more than ten minutes leads to the password page of the same chain', async () => {
    for (const step of ['continue', 'send']) {
      const browser = new TestBrowser();
      const { page } = await world.walk(browser, world.authorize(), { until: 'push' });
      if (step === 'continue') {
        later(9 * MINUTE + 50);
        const again = await world.post(browser, page, 'send');
        await world.person('alice').device!.approve(world.number(again));
        later(20);
        expect(world.promptOf(await world.post(browser, again, 'continue'))).to.equal('login');
      } else {
        later(10 * MINUTE + 10);
        expect(world.promptOf(await world.post(browser, page, 'send'))).to.equal('login');
      }
    }
  });

  it('an hour without use asks again; use keeps it alive, to twelve hours', async () => {
    const browser = new TestBrowser();
    await world.signIn(browser);
    later(58 * MINUTE);
    expect((await world.signIn(browser)).prompts).to.equal('-');
    later(58 * MINUTE);
    expect((await world.signIn(browser)).prompts).to.equal('-');
    later(62 * MINUTE);
    expect((await world.signIn(browser)).prompts).to.equal('login>push');
    for (let n = 0; n < 12; n++) {
      later(58 * MINUTE);
      if (n < 11) await world.signIn(browser, { prompt: 'none' });
    }
    later(58 * MINUTE);
    expect((await world.walk(browser, world.authorize(), { until: 'login' })).prompts).to.equal('login');
  });

  it('asking does not wake an idle session: not again, not silently, not at another endpoint', async () => {
    const browser = new TestBrowser();
    await world.signIn(browser);
    later(62 * MINUTE);
    await browser.request(`${world.issuer}/logout`);
    for (let n = 0; n < 3; n++) {
      expect((await world.walk(browser, world.authorize({ prompt: 'none' }))).error).to.equal(
        'login_required',
      );
      expect((await world.walk(browser, world.authorize(), { until: 'login' })).prompts).to.equal('login');
    }
    expect((await world.signIn(browser)).prompts).to.equal('login>push');
    expect((await world.signIn(browser)).prompts).to.equal('-');
  });

  it('a client that wants fresh proofs gets them, and the others are left alone', async () => {
    const browser = new TestBrowser();
    const first = await world.signIn(browser, {}, 'strict');
    expect([first.prompts, typeof first.code]).to.deep.equal(['login>push>consent', 'string']);
    expect((await world.signIn(browser, {}, 'strict')).prompts).to.equal('login>push');
    expect((await world.signIn(browser, { prompt: 'none' }, 'strict')).error).to.equal('login_required');
    await world.signIn(browser, {}, 'min5');
    later(5 * MINUTE + 1);
    expect((await world.signIn(browser, {}, 'min5')).prompts).to.equal('login>push');
    expect((await world.signIn(browser)).prompts).to.match(/^(consent|-)$/);
  });

  it('session-bound tokens live as long as the session', async () => {
    const { tokens } = await world.signIn(new TestBrowser());
    later(58 * MINUTE);
    expect(await world.userinfo(tokens.access_token!)).to.equal(200);
  });
});
