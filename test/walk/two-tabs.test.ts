import { expect } from 'chai';
import { ACR } from '../../src/session/ladder.ts';
import { later, resetClock } from '../support/clock.ts';
import { createSlowStore } from '../support/slow-store.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { codeOf, forgetConsent, stopBeforeResume } from '../support/walk-steps.ts';
import { createWorld, type PersonName, type Walked, type World } from '../support/walk-world.ts';

const ROUNDS = 12;

describe('walk: two tabs of one browser', () => {
  const slowStore = createSlowStore();
  let world: World;
  before(async () => {
    world = await createWorld({ wrapStore: slowStore.wrap });
  });
  beforeEach(async () => {
    await world.forgetOpen();
    await forgetConsent(world, 'app', 'app2', 'lax');
  });
  afterEach(() => {
    slowStore.slow = 0;
    resetClock();
  });
  after(() => world.close());

  /** Runs `requests` at once over a store whose answers come in any order. */
  const atOnce = async <T>(slow: number, ...requests: (() => Promise<T>)[]): Promise<T[]> => {
    slowStore.slow = slow;
    const answers = await Promise.all(requests.map((request) => request()));
    slowStore.slow = 0;
    return answers;
  };

  /** Both tabs on their password page, then each approved and one click from its resume. */
  const twoApproved = async (browser: TestBrowser, first: PersonName, second: PersonName) => {
    const requests = [world.authorize(), world.authorize({}, 'app2')] as const;
    const logins = [
      await world.open(browser, requests[0].url),
      await world.open(browser, requests[1].url),
    ] as const;
    const resumes: string[] = [];
    for (const [tab, name] of [first, second].entries()) {
      const waiting = await world.password(browser, logins[tab]!, name);
      await world.person(name).device!.approve(world.number(waiting));
      resumes.push(await stopBeforeResume(browser, waiting, 'continue'));
    }
    return { requests, resumes };
  };

  const endOf = (walked: Walked) => (walked.code ? 'code' : (walked.error ?? walked.page.title));

  it('R12: the second tab’s request takes over, and the first tab goes on from where it is', async () => {
    const browser = new TestBrowser();
    const [first, second] = [world.authorize(), world.authorize({}, 'app2')];
    const firstLogin = await world.open(browser, first.url);
    const secondLogin = await world.open(browser, second.url);
    const firstWaiting = await world.password(browser, firstLogin, 'alice');
    const secondWaiting = await world.password(browser, secondLogin, 'alice');
    const overtaken = await browser.request(firstWaiting.url);
    expect(overtaken.text).to.include('A newer request took over');

    const secondEnd = await world.walk(browser, secondWaiting);
    const firstEnd = await world.walk(browser, overtaken);
    expect([endOf(firstEnd), endOf(secondEnd)]).to.deep.equal(['code', 'code']);
    expect((await world.redeem(first, firstEnd.code!)).status).to.equal(200);
    expect((await world.redeem(second, secondEnd.code!)).status).to.equal(200);
  });

  it('R64: both resume in the same instant of a first sign-in, and both get in', async () => {
    const browser = new TestBrowser();
    const { requests, resumes } = await twoApproved(browser, 'alice', 'alice');
    const pages = await atOnce(15, ...resumes.map((url) => () => world.open(browser, url)));
    for (const [tab, page] of pages.entries()) {
      const end = await world.walk(browser, page);
      expect(endOf(end), `tab ${tab}`).to.equal('code');
      expect((await world.redeem(requests[tab]!, end.code!)).status).to.equal(200);
    }
  });

  it('R64 R62: the same with two people: one gets in, the other app hears access_denied', async () => {
    const browser = new TestBrowser();
    const { resumes } = await twoApproved(browser, 'alice', 'bob');
    const pages = await atOnce(15, ...resumes.map((url) => () => world.open(browser, url)));
    const ends = [
      await world.walk(browser, pages[0]!),
      await world.walk(browser, pages[1]!, { name: 'bob' }),
    ];
    expect(ends.map(endOf).sort()).to.deep.equal(['access_denied', 'code']);
  });

  it(`R64: two consents at once on one session, ${ROUNDS} times: both codes work, nobody is signed out`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const browser = new TestBrowser();
      await world.signIn(browser);
      await forgetConsent(world, 'app2', 'lax');
      const requests = [world.authorize({}, 'app2'), world.authorize({}, 'lax')];
      const resumes: string[] = [];
      for (const request of requests) {
        const { page } = await world.walk(browser, request, { until: 'consent' });
        resumes.push(await stopBeforeResume(browser, page, 'consent'));
      }
      const answers = await atOnce(12, ...resumes.map((url) => () => browser.request(url)));
      for (const [tab, answer] of answers.entries()) {
        const tokens = await world.redeem(requests[tab]!, codeOf(answer) ?? 'none');
        expect(tokens.status, `round ${round}, tab ${tab}`).to.equal(200);
        expect(await world.userinfo(tokens.access_token!)).to.equal(200);
      }
      expect((await world.signIn(browser)).prompts).to.equal('-');
    }
  }).timeout(60_000);

  it(`R64: a sign-in without prompts beside a tab that finishes, ${ROUNDS} times`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const browser = new TestBrowser();
      await world.signIn(browser);
      await forgetConsent(world, 'lax');
      const requests = [world.authorize(), world.authorize({}, 'lax')] as const;
      const { page } = await world.walk(browser, requests[1], { until: 'consent' });
      const resume = await stopBeforeResume(browser, page, 'consent');
      const answers = await atOnce(
        12,
        () => browser.request(requests[0].url),
        () => browser.request(resume),
      );
      for (const [tab, answer] of answers.entries()) {
        const tokens = await world.redeem(requests[tab]!, codeOf(answer) ?? 'none');
        expect(tokens.status, `round ${round}, tab ${tab}`).to.equal(200);
      }
      expect((await world.signIn(browser)).prompts).to.equal('-');
    }
  }).timeout(60_000);

  it('R64: an answer that comes 12 s after another tab rotated the session signs nobody out', async () => {
    const browser = new TestBrowser();
    await world.signIn(browser);
    await world.signIn(browser, {}, 'app2');
    const { page } = await world.walk(browser, world.authorize({}, 'lax'), { until: 'consent' });
    const resume = await stopBeforeResume(browser, page, 'consent');

    const held = slowStore.hold('get', 'SessionRecord/');
    const request = world.authorize({}, 'app2');
    const late = browser.request(request.url);
    await held.reached;
    expect(codeOf(await browser.request(resume))).to.be.a('string');
    later(12);
    held.release();
    const code = codeOf(await late);
    expect((await world.redeem(request, code!)).status).to.equal(200);
    expect((await world.signIn(browser)).prompts).to.equal('-');
  });

  it('R64: a save that comes late does not undo a step-up', async () => {
    const browser = new TestBrowser();
    await world.signIn(browser, {}, 'lax');
    const stepUp = await world.walk(browser, world.authorize(), { until: 'push' });
    const waiting = await world.post(browser, stepUp.page, 'send');
    await world.person('alice').device!.approve(world.number(waiting));
    const resume = await stopBeforeResume(browser, waiting, 'continue');

    const held = slowStore.hold('get', 'SessionRecord/');
    const late = browser.request(world.authorize({}, 'lax').url);
    await held.reached;
    await world.open(browser.clone(), resume);
    held.release();
    await late;
    const next = await world.signIn(browser);
    expect(next.prompts).to.be.oneOf(['consent', '-']);
    expect(next.claims['acr']).to.equal(ACR.push);
  });

  it('R64: a consent given late does not put back what another tab has climbed above', async () => {
    const browser = new TestBrowser();
    const lax = await world.walk(browser, world.authorize({}, 'lax'), { until: 'consent' });
    later(5);
    const stepUp = await world.signIn(browser);
    expect(stepUp.claims['acr']).to.equal(ACR.push);
    expect((await world.walk(browser, lax.page)).code).to.be.a('string');
    const next = await world.signIn(browser);
    expect(next.prompts).to.equal('-');
    expect(next.claims['acr']).to.equal(ACR.push);
  });
});
