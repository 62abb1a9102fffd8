import { expect } from 'chai';
import { later, resetClock } from '../support/clock.ts';
import { createSlowStore } from '../support/slow-store.ts';
import { TestBrowser } from '../support/test-browser.ts';
import {
  enterUserCode,
  forgetConsent,
  pollDevice,
  startDevice,
  stopBeforeResume,
} from '../support/walk-steps.ts';
import { createWorld, type World } from '../support/walk-world.ts';

const DONE = 'Device signed in';
const DOUBLE_CLICKS = 15;

describe('walk: device code', () => {
  const slowStore = createSlowStore();
  let world: World;
  before(async () => {
    world = await createWorld({ wrapStore: slowStore.wrap });
  });
  beforeEach(async () => {
    await world.forgetOpen();
    await forgetConsent(world, 'tv', 'lax');
  });
  afterEach(() => {
    slowStore.slow = 0;
    resetClock();
  });
  after(() => world.close());

  const clickAtOnce = async (browser: TestBrowser, url: string, times: number) => {
    slowStore.slow = 10;
    const pages = await Promise.all(Array.from({ length: times }, () => browser.clone().request(url)));
    slowStore.slow = 0;
    return pages;
  };

  it('R55: a signed-in person approves in this very request, and the phone shows what for', async () => {
    const browser = new TestBrowser();
    await world.signIn(browser);
    const code = await startDevice(world);
    expect((await pollDevice(world, code)).error).to.equal('authorization_pending');
    const stepUp = await enterUserCode(world, browser, code.user_code);
    expect(world.promptOf(stepUp)).to.equal('push');
    expect(
      await world.person('alice').device!.waiting(),
      'R61: typing the code sends nothing',
    ).to.have.length(0);

    const sent = await world.post(browser, stepUp, 'send');
    const [challenge] = await world.person('alice').device!.waiting();
    expect(challenge!.context).to.include({ purpose: 'device-code', account: 'alice' });
    const walked = await world.walk(browser, sent);
    expect(walked.prompts).to.equal('push>consent');
    expect(walked.page.title).to.include(DONE);
    const tokens = await pollDevice(world, code);
    expect(tokens.status).to.equal(200);
    expect(tokens.refresh_token).to.be.a('string');
    expect((await pollDevice(world, code)).error, 'R34: once').to.equal('invalid_grant');
  });

  it('R55: without an approval there are no tokens, however far the rest went', async () => {
    const browser = new TestBrowser();
    await world.signIn(browser);
    const code = await startDevice(world);
    const stepUp = await enterUserCode(world, browser, code.user_code);
    for (const step of ['consent', 'continue']) {
      await world.post(browser, stepUp, step);
      expect((await pollDevice(world, code)).error).to.equal('authorization_pending');
      later(6);
    }
    await browser.request(`${world.issuer}/device/${stepUp.url.split('/').at(-1)}`);
    expect((await pollDevice(world, code)).error).to.equal('authorization_pending');
  });

  it('keeps its tokens when the browser that approved signs out; a late device hears expired_token', async () => {
    const browser = new TestBrowser();
    await world.signIn(browser);
    const code = await startDevice(world);
    await world.walk(browser, await enterUserCode(world, browser, code.user_code));
    const tokens = await pollDevice(world, code);
    await world.signOut(browser);
    expect(await world.userinfo(tokens.access_token!)).to.equal(200);

    const late = await startDevice(world);
    later(610);
    expect((await pollDevice(world, late)).error).to.equal('expired_token');
  });

  for (const consent of ['given on the way', 'remembered']) {
    it(`leaves the browser’s own sign-in to the same app alone, and its sign-out the device (consent ${consent})`, async () => {
      const browser = new TestBrowser();
      if (consent === 'remembered') {
        const earlier = await startDevice(world);
        await world.walk(browser, await enterUserCode(world, browser, earlier.user_code));
      }
      const first = await world.signIn(browser, {}, 'tv');
      const code = await startDevice(world);
      const walked = await world.walk(browser, await enterUserCode(world, browser, code.user_code));
      expect(walked.prompts).to.equal(consent === 'remembered' ? 'push' : 'push>consent');
      const device = await pollDevice(world, code);
      expect(await world.userinfo(first.tokens.access_token!)).to.equal(200);
      expect(await world.userinfo(device.access_token!)).to.equal(200);

      const second = await world.signIn(browser, {}, 'tv');
      expect(second.prompts).to.equal('-');
      await world.signOut(browser);
      expect(await world.userinfo(second.tokens.access_token!)).to.equal(401);
      expect(await world.active(first.tokens.access_token!, 'tv')).to.equal(false);
      expect(await world.userinfo(device.access_token!)).to.equal(200);
    });
  }

  it('R34: two people type one user code at once: one goes on, and the device gets tokens once', async () => {
    const browsers = { alice: new TestBrowser(), bob: new TestBrowser() };
    await world.signIn(browsers.alice);
    await world.signIn(browsers.bob, {}, 'app', { name: 'bob' });
    const code = await startDevice(world);
    slowStore.slow = 10;
    const pages = await Promise.all([
      enterUserCode(world, browsers.alice, code.user_code),
      enterUserCode(world, browsers.bob, code.user_code),
    ]);
    slowStore.slow = 0;
    const goesOn = pages.map((page) => world.promptOf(page) === 'push');
    expect(goesOn.filter(Boolean)).to.have.length(1);

    const name = goesOn[0] ? 'alice' : 'bob';
    const browser = browsers[name];
    const { page } = await world.walk(browser, pages[goesOn.indexOf(true)]!, { name, until: 'consent' });
    const resume = await stopBeforeResume(browser, page, 'consent');
    const clicks = await clickAtOnce(browser, resume, 3);
    expect(clicks.filter(({ title }) => title?.includes(DONE))).to.have.length(1);
    const tokens = await pollDevice(world, code);
    expect(tokens.status).to.equal(200);
    const { decodeJwt } = await import('jose');
    expect(decodeJwt(tokens.id_token!).sub).to.equal(world.person(name).account.sub);
  });

  it(`a double click on the last step never costs the device its sign-in, ${DOUBLE_CLICKS} times`, async () => {
    const browser = new TestBrowser();
    await world.signIn(browser);
    for (let round = 0; round < DOUBLE_CLICKS; round++) {
      await forgetConsent(world, 'tv');
      const code = await startDevice(world);
      const first = await enterUserCode(world, browser, code.user_code);
      const { page } = await world.walk(browser, first, { until: 'consent' });
      await clickAtOnce(browser, await stopBeforeResume(browser, page, 'consent'), 3);
      expect((await pollDevice(world, code)).status, `round ${round}`).to.equal(200);
    }
  }).timeout(60_000);

  it('tells the device when the person gives up, or says at once that it is not theirs', async () => {
    const browser = new TestBrowser();
    await world.signIn(browser);
    const given = await startDevice(world);
    const stepUp = await enterUserCode(world, browser, given.user_code);
    await world.post(browser, stepUp, 'cancel');
    expect((await pollDevice(world, given)).error).to.equal('access_denied');

    const foreign = await startDevice(world);
    const input = await browser.open(`${world.issuer}/device`);
    const confirm = await browser.submit(input, 'op.deviceInputForm', { user_code: foreign.user_code });
    const aborted = await browser.submit(confirm, 'op.deviceConfirmForm', { abort: 'yes' });
    expect(aborted.text).not.to.include('code-problem');
    expect((await pollDevice(world, foreign)).error).to.equal('access_denied');
  });

  it('R55: a browser that was never here signs in with password and approval', async () => {
    const code = await startDevice(world);
    const browser = new TestBrowser();
    const walked = await world.walk(browser, await enterUserCode(world, browser, code.user_code));
    expect(walked.prompts).to.equal('login>push>consent');
    expect(walked.page.title).to.include(DONE);
    expect((await pollDevice(world, code)).status).to.equal(200);
  });

  it('R55: an app whose floor is the password needs an approval for a device all the same', async () => {
    const code = await startDevice(world, 'lax');
    const browser = new TestBrowser();
    const walked = await world.walk(browser, await enterUserCode(world, browser, code.user_code));
    expect(walked.prompts).to.equal('login>push>consent');
    expect(walked.page.title).to.include(DONE);
    expect((await pollDevice(world, code, 'lax')).status).to.equal(200);
  });

  it('says what is wrong with a code that is empty, unknown or too old', async () => {
    const browser = new TestBrowser();
    expect((await enterUserCode(world, browser, '')).text).to.include('Type the code first');
    expect((await enterUserCode(world, browser, 'XXXX-XXXX')).text).to.include('That code is not right');
    const late = await startDevice(world);
    later(610);
    expect((await enterUserCode(world, browser, late.user_code)).text).to.include('That code is not right');
  });
});
