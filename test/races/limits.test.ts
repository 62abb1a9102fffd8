import { expect } from 'chai';
import type { Rule } from '../../src/limits/throttle.ts';
import { MINUTE } from '../../src/store/keys.ts';
import { CALLERS, ENGINES, startTwoServers, type TwoServers, tally } from '../support/two-servers.ts';
import { codeOf, stopBeforeResume } from '../support/walk-steps.ts';
import type { World } from '../support/walk-world.ts';

const OFFLINE = { scope: 'openid offline_access', prompt: 'consent' };
const ROUNDS = 3;

for (const engine of ENGINES) {
  describe(`races: limits, keys and sign-out, two processes on one ${engine} store`, function () {
    this.timeout(60_000);
    let servers: TwoServers;
    let world: World;
    before(async () => {
      const tight = { max: 7, window: '10min' };
      servers = await startTwoServers(engine, {
        config: {
          limits: {
            password: { perAccount: tight, perAddress: { max: 1000, window: '10min' } },
            push: {
              perAccount: [{ max: 999, window: '10min' }],
              knownBrowser: { max: 999, window: '10min' },
            },
          },
        },
      });
      world = servers.world;
    });
    beforeEach(() => servers.forget());
    after(() => servers?.close());

    for (const windowMs of [10 * MINUTE, null]) {
      const kind = windowMs === null ? 'that only a success clears' : 'of a window';
      it(`R7 R10: a counter ${kind}, fifty takes at exactly its limit: the limit and not one more`, async () => {
        for (const max of [1, 7, CALLERS - 1, CALLERS]) {
          const rule: Rule = { name: `race-${max}-${windowMs}`, max, windowMs };
          const taken = await servers.fifty((n) =>
            servers.processes[n % 2]!.take({ rule, subject: 'subject' }),
          );
          expect(
            taken.filter(({ allowed }) => allowed),
            `of ${max}`,
          ).to.have.length(max);
          const left = await world.server.services.throttle.peek(rule, 'subject');
          expect([left.count, left.allowed], 'refused ones do not count').to.deep.equal([max, false]);
        }
      });

      it(`R7 R10: a counter ${kind}, fifty that count whatever comes of it: the limit is allowed`, async () => {
        const rule: Rule = { name: `spend-${windowMs}`, max: 7, windowMs };
        const allowed = await servers.fifty((n) =>
          servers.processes[n % 2]!.spend([{ rule, subject: 'subject' }]),
        );
        expect(allowed.filter((one) => one.allowed)).to.have.length(7);
      });
    }

    it('R7 R9: fifty wrong passwords for one account at once: seven are checked', async () => {
      const { account, password } = world.person('carol');
      const names = ['carol', 'CAROL', 'carol@example.com'];
      const browsers = Array.from({ length: CALLERS }, () => servers.newBrowser());
      const logins = await Promise.all(browsers.map((browser) => browser.open(world.authorize().url)));
      const answers = await servers.fifty((n) =>
        browsers[n]!.submit(logins[n]!, 'login-form', { username: names[n % 3]!, password: 'a wrong one' }),
      );
      const counts = tally(answers.map(({ status }) => status));
      expect(counts).to.deep.equal({ 401: 7, 429: CALLERS - 7 });
      const browser = servers.newBrowser();
      const login = await world.open(browser, world.authorize().url);
      const right = await browser.submit(login, 'login-form', { username: account.userName, password });
      expect(right.status, 'the right one has to wait too').to.equal(429);
    });

    it('fifty rotations of the keys on two servers: one new key of each kind, and both publish it', async () => {
      const added = await servers.fifty((n) => servers.processes[n % 2]!.rotateKeys());
      expect(new Set(added.flat().map(({ kid }) => kid)).size).to.equal(
        new Set(added.flat().map(({ alg }) => alg)).size,
      );
      for (const server of [0, 1]) {
        const published = async () => {
          const { keys } = (await (await servers.balancer.to(server)(`${world.issuer}/jwks`)).json()) as {
            keys: { kid: string; alg: string }[];
          };
          return tally(keys.map(({ alg }) => alg));
        };
        const counts = await published();
        for (const [alg, count] of Object.entries(counts)) expect(count, `${alg} on ${server}`).to.equal(2);
      }
      expect((await world.signIn(servers.newBrowser())).tokens.status).to.equal(200);
    });

    it(`R57: fifty requests in flight at a sign-out, ${ROUNDS} times: no code redeems, no token lives, nobody is in`, async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const browser = servers.newBrowser();
        await world.signIn(browser);
        const requests = Array.from({ length: CALLERS }, () => world.authorize());
        const at = 5 + 20 * round;
        // Jars of their own: each keeps the session it had, or was given by an answer that came late.
        const jars = requests.map(() => browser.clone());
        const answers = await servers.fifty(async (n) => {
          if (n !== at) return jars[n]!.request(requests[n]!.url);
          await world.signOut(browser);
          return undefined;
        });
        for (const [n, answer] of answers.entries()) {
          const code = answer && codeOf(answer);
          if (code === undefined) continue;
          expect((await world.redeem(requests[n]!, code)).error, `answer ${n}`).to.equal('invalid_grant');
        }
        for (const [n, jar] of [browser, ...jars].entries()) {
          const { prompts } = await world.walk(jar, world.authorize(), { until: 'login' });
          expect(prompts, `round ${round}, jar ${n}`).to.equal('login');
        }
      }
    });

    it('R57 R63: signed out everywhere against fifty refreshes, redemptions and resumes: none of it lives on', async () => {
      const browser = servers.newBrowser();
      const { tokens } = await world.signIn(browser, OFFLINE);
      const requests = Array.from({ length: 10 }, () => world.authorize({ prompt: 'consent' }));
      const resumes: string[] = [];
      for (const request of requests) {
        const { page } = await world.walk(browser, request, { until: 'consent' });
        resumes.push(await stopBeforeResume(browser, page, 'consent'));
      }
      const request = world.authorize();
      const { code } = await world.walk(browser, request);
      const { sub } = world.person('alice').account;
      const answers = await servers.fifty(async (n) => {
        if (n === 20) return { ended: await servers.processes[1].signOutEverywhere(sub) };
        if (n < 10)
          return { landed: codeOf(await browser.clone().request(resumes[n]!)), request: requests[n]! };
        if (n < 30) return { redeemed: await world.redeem(request, code!) };
        return { redeemed: await world.refresh(tokens.refresh_token!) };
      });
      for (const one of answers) {
        if ('landed' in one && one.landed !== undefined)
          expect((await world.redeem(one.request!, one.landed)).error).to.equal('invalid_grant');
        const given = 'redeemed' in one ? one.redeemed : undefined;
        if (given?.status !== 200) continue;
        expect(await world.userinfo(given.access_token!)).to.equal(401);
        if (given.refresh_token)
          expect((await world.refresh(given.refresh_token)).error).to.equal('invalid_grant');
      }
      expect(await world.userinfo(tokens.access_token!)).to.equal(401);
      const { prompts } = await world.walk(browser, world.authorize(), { until: 'login' });
      expect(prompts).to.equal('login');
    });
  });
}
