import { expect } from 'chai';
import { keys } from '../../src/store/keys.ts';
import { openRedis } from '../../src/store/redis/redis.ts';
import { clockOffset, later, resetClock } from '../support/clock.ts';
import { cli, type RedisGroup, startCluster, startSentinel } from '../support/redis-server.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { enterUserCode, pollDevice, startDevice } from '../support/walk-steps.ts';
import { createWorld, type World } from '../support/walk-world.ts';

const OFFLINE = { scope: 'openid offline_access', prompt: 'consent' };

for (const [what, start] of [
  ['a Redis Cluster of three', startCluster],
  ['Redis behind Sentinels', startSentinel],
] as const)
  describe(`walk: ${what}`, () => {
    let cluster: RedisGroup;
    let world: World;
    before(async () => {
      cluster = await start();
      world = await createWorld({ redisUrl: cluster.url });
    });
    beforeEach(() => world.forgetOpen());
    afterEach(resetClock);
    after(async () => {
      await world?.close();
      await cluster?.stop();
    });

    it('R5 R56: a sign-in, approved, gives tokens once', async () => {
      const request = world.authorize();
      const walked = await world.walk(new TestBrowser(), request);
      expect(walked.prompts).to.equal('login>push>consent');
      const tokens = await world.redeem(request, walked.code!);
      expect(await world.userinfo(tokens.access_token!)).to.equal(200);
      expect((await world.redeem(request, walked.code!)).error, 'R34: once').to.equal('invalid_grant');
      expect(await world.userinfo(tokens.access_token!), 'R58: the winner loses too').to.equal(401);
    });

    it('R11: denied, nobody gets in', async () => {
      const browser = new TestBrowser();
      const { page } = await world.walk(browser, world.authorize(), { name: 'bob', until: 'push' });
      await world.person('bob').device!.deny();
      expect((await world.post(browser, page, 'continue')).next).to.equal(undefined);
    });

    it('R34 R58: ten refreshes of one token at once: at most one wins, and the family is gone', async () => {
      const { tokens } = await world.signIn(new TestBrowser(), OFFLINE);
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => world.refresh(tokens.refresh_token!)),
      );
      const won = answers.filter(({ status }) => status === 200);
      expect(won.length).to.be.at.most(1);
      for (const one of [...won, tokens]) expect(await world.userinfo(one.access_token!)).to.equal(401);
    });

    it('R55: a device code, approved', async () => {
      const browser = new TestBrowser();
      const code = await startDevice(world);
      expect((await pollDevice(world, code)).error).to.equal('authorization_pending');
      later(6);
      const walked = await world.walk(browser, await enterUserCode(world, browser, code.user_code));
      expect(walked.prompts).to.equal('login>push>consent');
      expect((await pollDevice(world, code)).status).to.equal(200);
    });

    it('R57 R63: signed out everywhere, every session and token is gone', async () => {
      const browsers = [new TestBrowser(), new TestBrowser()];
      const tokens = [];
      for (const browser of browsers) tokens.push((await world.signIn(browser, OFFLINE)).tokens);
      later(2);
      await world.server.server.signOutEverywhere(world.person('alice').account.sub);
      for (const browser of browsers)
        expect((await world.walk(browser, world.authorize(), { until: 'login' })).prompts).to.equal('login');
      for (const one of tokens) {
        expect((await world.refresh(one.refresh_token!)).error).to.equal('invalid_grant');
        expect(await world.userinfo(one.access_token!)).to.equal(401);
      }
    });

    if (what === 'Redis behind Sentinels') {
      it('F15: everything went to the master', async () => {
        const [master, replica] = cluster.servers;
        expect(await cli(master!.port, 'info', 'commandstats')).to.match(/cmdstat_evalsha:/);
        expect(await cli(replica!.port, 'info', 'commandstats')).not.to.match(
          /cmdstat_(eval|evalsha|get|mget):/,
        );
      });
      return;
    }

    it('F17: a write that should wait for a replica fails where the Cluster has none, and reads go on', async () => {
      const store = await openRedis({
        url: cluster.url,
        prefix: 'wait:',
        wait: { replicas: 1, timeoutMs: 100 },
      });
      for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) {
        const told = await store.put(keys.account(id), 1, { if: 'any', ttlMs: null }).catch(String);
        expect(told).to.match(/0 of 1 replicas/);
        await store.get(keys.account(id));
      }
      await store.close();
    });

    it('F15: no command of all this was refused for touching two slots, and every node took part', async () => {
      expect(clockOffset()).to.equal(0);
      for (const { port } of cluster.servers) {
        const errors = await cli(port, 'info', 'errorstats');
        expect(errors, `${port}`).not.to.match(/errorstat_CROSSSLOT/);
        const scripts = /^cmdstat_evalsha:calls=(\d+)/m.exec(await cli(port, 'info', 'commandstats'));
        expect(Number(scripts?.[1]), `${port}`).to.be.above(0);
      }
    });
  });
