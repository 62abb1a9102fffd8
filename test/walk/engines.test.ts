import { expect } from 'chai';
import { ACR } from '../../src/session/ladder.ts';
import { later, resetClock } from '../support/clock.ts';
import { createLoadBalancer, type LoadBalancer } from '../support/load-balancer.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { createSlowStore } from '../support/slow-store.ts';
import { enrolDevice } from '../support/software-device.ts';
import { TestBrowser, type TestPage } from '../support/test-browser.ts';
import {
  codeOf,
  enterUserCode,
  forgetConsent,
  pollDevice,
  startDevice,
  stopBeforeResume,
} from '../support/walk-steps.ts';
import { createWorld, type PersonName, type Tokens, type World } from '../support/walk-world.ts';

const OFFLINE = { scope: 'openid offline_access', prompt: 'consent' };
const ROUNDS = 6;

/** The walks that need the store to decide, with every request on another server than the one before. */
for (const engine of ['embedded', 'redis'] as const) {
  describe(`walk: two servers on one ${engine} store`, () => {
    const slowStore = createSlowStore();
    let redis: RedisServer | undefined;
    let world: World;
    let other: World;
    let balancer: LoadBalancer;

    before(async () => {
      if (engine === 'redis') redis = await startRedis();
      const options = { wrapStore: slowStore.wrap, ...(redis ? { redisUrl: redis.url } : {}) };
      world = await createWorld(options);
      other = await createWorld({ ...options, beside: world.server });
      balancer = createLoadBalancer([world.server.server.port, other.server.server.port]);
      world.fetch = balancer.inTurn;
      for (const name of ['alice', 'bob'] as const) {
        const person = world.person(name);
        const device = await enrolDevice(world.server.services, world.issuer, person.account, {
          name: 'Phone on the other server',
          fetch: balancer.to(1),
        });
        world.people.set(name, { ...person, device });
      }
    });
    beforeEach(async () => {
      await world.forgetOpen();
      await forgetConsent(world, 'app', 'app2', 'lax', 'tv');
    });
    afterEach(() => {
      slowStore.slow = 0;
      resetClock();
    });
    after(async () => {
      await balancer?.close();
      await other?.close();
      await world?.close();
      await redis?.stop();
    });

    const newBrowser = () => new TestBrowser({}, balancer.inTurn);

    const atOnce = async <T>(...requests: (() => Promise<T>)[]): Promise<T[]> => {
      slowStore.slow = 10;
      const answers = await Promise.all(requests.map((request) => request()));
      slowStore.slow = 0;
      return answers;
    };
    const ten = <T>(request: () => Promise<T>) => atOnce(...Array.from({ length: 10 }, () => request));

    const expectDead = async (tokens: Tokens) => {
      expect(await world.userinfo(tokens.access_token!)).to.equal(401);
      expect(await world.active(tokens.access_token!)).to.equal(false);
    };

    /** The waiting page's poll, parked on the first server, while the phone speaks to the second. */
    const parkedPoll = async (browser: TestBrowser, page: TestPage): Promise<{ state: string }> => {
      const read = (name: string) =>
        new RegExp(`data-${name}="([^"]*)"`).exec(page.text)![1]!.replaceAll('&amp;', '&');
      const url = `${world.issuer}${read('poll')}&v=${encodeURIComponent(read('version'))}`;
      const cookie = browser.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
      const answer = await balancer.to(0)(url, { headers: { cookie } });
      return (await answer.json()) as { state: string };
    };

    it('R56: approved on one server wakes the page that waits on the other, and the walk goes on', async () => {
      const browser = newBrowser();
      const request = world.authorize();
      const { page } = await world.walk(browser, request, { until: 'push' });
      const read = slowStore.afterCalls(1);
      const poll = parkedPoll(browser, page);
      await read;
      await world.person('alice').device!.approve(world.number(page));
      expect((await poll).state).to.equal('approved');
      const walked = await world.walk(browser, await world.post(browser, page, 'continue'));
      expect(walked.prompts).to.equal('consent');
      const tokens = await world.redeem(request, walked.code!);
      expect(tokens.status).to.equal(200);
      expect(await world.userinfo(tokens.access_token!)).to.equal(200);
      const again = await world.signIn(browser);
      expect(again.prompts).to.equal('-');
      expect(again.claims['acr']).to.equal(ACR.push);
    });

    it('R11: a deny on one server ends the page on the other; an approval undone by a deny does not count', async () => {
      const browser = newBrowser();
      const { page } = await world.walk(browser, world.authorize(), { until: 'push' });
      const read = slowStore.afterCalls(1);
      const poll = parkedPoll(browser, page);
      await read;
      const device = world.person('alice').device!;
      const challenge = await device.newest();
      await device.client.answer(challenge, 'approve', { number: world.number(page) });
      await device.client.answer(challenge, 'deny');
      expect((await poll).state).to.be.oneOf(['approved', 'denied']);
      expect((await world.post(browser, page, 'continue')).status).to.equal(409);
    });

    it('R34 R58: ten redemptions of one code on both servers: one wins, and its tokens are dead', async () => {
      const request = world.authorize();
      const { code } = await world.walk(newBrowser(), request);
      const answers = await ten(() => world.redeem(request, code!));
      const won = answers.filter(({ status }) => status === 200);
      expect(won).to.have.length(1);
      await expectDead(won[0]!);
    });

    it('R34 R58: ten refreshes of one token on both servers: at most one wins, and its tokens are dead', async () => {
      const { tokens } = await world.signIn(newBrowser(), OFFLINE);
      const answers = await ten(() => world.refresh(tokens.refresh_token!));
      const won = answers.filter(({ status }) => status === 200);
      expect(won.length).to.be.at.most(1);
      for (const one of [...won, tokens]) await expectDead(one);
    });

    it('R63: ten resumes of one interaction on both servers: one code', async () => {
      const browser = newBrowser();
      const { page } = await world.walk(browser, world.authorize(), { until: 'consent' });
      const resume = await stopBeforeResume(browser, page, 'consent');
      const answers = await ten(() => browser.clone().request(resume));
      expect(answers.filter((answer) => codeOf(answer) !== undefined)).to.have.length(1);
      for (const { status } of answers) expect(status).to.be.lessThan(500);
    });

    it(`R64: two tabs finish at once, each on its server, ${ROUNDS} times`, async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const browser = newBrowser();
        await world.signIn(browser);
        await forgetConsent(world, 'app2', 'lax');
        const requests = [world.authorize({}, 'app2'), world.authorize({}, 'lax')];
        const resumes: string[] = [];
        for (const request of requests) {
          const { page } = await world.walk(browser, request, { until: 'consent' });
          resumes.push(await stopBeforeResume(browser, page, 'consent'));
        }
        const answers = await atOnce(...resumes.map((url) => () => browser.request(url)));
        for (const [tab, answer] of answers.entries()) {
          const tokens = await world.redeem(requests[tab]!, codeOf(answer) ?? 'none');
          expect(tokens.status, `round ${round}, tab ${tab}`).to.equal(200);
        }
        expect((await world.signIn(browser)).prompts).to.equal('-');
      }
    });

    it('R55: a device code asked for on one server, approved on both', async () => {
      const browser = newBrowser();
      const code = await startDevice(world);
      const walked = await world.walk(browser, await enterUserCode(world, browser, code.user_code));
      expect(walked.prompts).to.equal('login>push>consent');
      expect((await pollDevice(world, code)).status).to.equal(200);
    });

    it('no sign-in fails on either server while the keys change', async () => {
      let rotated = false;
      const people: PersonName[] = ['alice', 'bob'];
      const loops = people.map(async (name) => {
        const browser = newBrowser();
        for (let n = 0; !rotated || n < 8; n++) {
          const again = n % 3 === 0 ? { prompt: 'login' } : {};
          const { tokens, page } = await world.signIn(browser, again, 'app', { name });
          expect(tokens.status, `${name} ${n}: "${page.title}"`).to.equal(200);
        }
      });
      for (const { server } of [world.server, other.server, world.server, other.server]) {
        await server.rotateKeys();
      }
      rotated = true;
      await Promise.all(loops);
    });

    it('R63: signed out everywhere on one server, nobody is in on the other', async () => {
      const browser = newBrowser();
      const offline = await world.signIn(browser, OFFLINE, 'app', { name: 'bob' });
      const request = world.authorize();
      const { code } = await world.walk(browser, request, { name: 'bob' });
      later(2);
      await other.server.server.signOutEverywhere(world.person('bob').account.sub);
      for (const server of [0, 1]) {
        const there = new TestBrowser({}, balancer.to(server));
        there.cookies = structuredClone(browser.cookies);
        const { prompts } = await world.walk(there, world.authorize(), { until: 'login' });
        expect(prompts, `server ${server}`).to.equal('login');
      }
      expect((await world.redeem(request, code!)).error).to.equal('invalid_grant');
      expect((await world.refresh(offline.tokens.refresh_token!)).error).to.equal('invalid_grant');
      await expectDead(offline.tokens);
      later(2);
      expect((await world.signIn(browser, {}, 'app', { name: 'bob' })).tokens.status).to.equal(200);
    });
  });
}
