import { expect } from 'chai';
import { StoreUnavailable } from '../../src/store/errors.ts';
import { keys } from '../../src/store/keys.ts';
import { openRedis } from '../../src/store/redis/redis.ts';
import {
  cli,
  type RedisServer,
  type SentinelGroup,
  startRedis,
  startReplica,
  startSentinel,
} from '../support/redis-server.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';
import { storeContract } from './contract.ts';
import { until } from './waiting.ts';

/** Once its replica hears everything. */
const inSync = ({ port }: RedisServer) =>
  until(async () => (await cli(port, 'wait', '1', '100')) === '1', 30);

describe('redis store behind Sentinels', () => {
  describe('contract', () =>
    storeContract(async () => {
      const group = await startSentinel();
      let skew = 0;
      return {
        open: () => openRedis({ url: group.url, prefix: 'test:', offsetMs: () => skew }),
        setSkew: (ms) => {
          skew = ms;
        },
        stop: () => group.stop(),
      };
    }));

  describe('a failover while people sign in', () => {
    let group: SentinelGroup;
    let world: World;
    before(async () => {
      group = await startSentinel();
      await inSync(group.servers[0]!);
      // A code that was given is known to two servers, so that none is spent twice whatever becomes of one.
      const store = { wait: { replicas: 1, timeout: '500ms' } };
      world = await createWorld({ redisUrl: group.url, config: { store } });
    });
    after(async () => {
      await world?.close();
      await group?.stop();
    });

    it('F15 F17 R50: nobody gets in without an approval, nothing is spent twice, and sign-ins work again', async function () {
      this.timeout(60_000);
      const denied = new TestBrowser();
      const deniedPage = (await world.walk(denied, world.authorize(), { name: 'bob', until: 'push' })).page;
      await world.person('bob').device!.deny();
      const signedIn = new TestBrowser();
      await world.signIn(signedIn);
      const codes = await Promise.all(
        Array.from({ length: 12 }, async () => {
          const request = world.authorize();
          const { code } = await world.walk(signedIn.clone(), request);
          return { request, code: code!, won: 0 };
        }),
      );
      const waiting = new TestBrowser();
      const waitingPage = (await world.walk(waiting, world.authorize(), { until: 'push' })).page;

      // People who press on while the primary dies, and an app that redeems one code after the other, each again.
      let over = false;
      let refusals = 0;
      let rounds = 0;
      const pressOn = async () => {
        for (; !over; rounds++) {
          const unapproved = await world.post(waiting, waitingPage, 'continue');
          expect(unapproved.next, 'in without an approval').to.equal(undefined);
          const afterDeny = await world.post(denied, deniedPage, 'continue');
          expect(afterDeny.next, 'in after a deny').to.equal(undefined);
          for (const { status } of [unapproved, afterDeny]) if (status >= 500) expect(status).to.equal(503);
          const spent = codes[Math.min(codes.length - 1, Math.floor(rounds / 2))]!;
          const { status } = await world.redeem(spent.request, spent.code);
          expect(status).to.be.oneOf([200, 400, 503]);
          if (status === 200) spent.won++;
          if (status === 503) refusals++;
        }
      };
      const pressing = pressOn();
      const [primary, replica] = group.servers;
      try {
        await until(async () => rounds > 4);
        process.kill(primary!.pid, 'SIGKILL');
        await until(async () => (await cli(replica!.port, 'role')).startsWith('master'), 30);
        // Alone it acknowledges nothing; the old primary comes back, empty and as a master, until the Sentinels tell it.
        // Nobody waits for them to have heard: one that has not still names the old one.
        await primary!.restart();
        await inSync(replica!);
        await until(async () => (await fetch(`${world.issuer}/readyz`)).status === 200, 30);
      } finally {
        over = true;
        await pressing;
      }
      expect(refusals, 'redemptions that met the failover').to.be.above(0);
      for (const { request, code } of codes.filter(({ won }) => won > 0))
        expect((await world.redeem(request, code)).status, 'a code spent twice').to.equal(400);
      for (const { won } of codes) expect(won, 'a code spent twice').to.be.at.most(1);

      // The request that waited through it can still be approved, by its own device and number.
      await world.person('alice').device!.approve(world.number(waitingPage));
      const walked = await world.walk(waiting, await world.post(waiting, waitingPage, 'continue'));
      expect(walked.code).to.be.a('string');
      expect((await world.signIn(new TestBrowser())).tokens.status).to.equal(200);
    });
  });

  describe('WAIT for a replica', () => {
    let primary: RedisServer;
    let replica: RedisServer;
    let world: World;
    before(async () => {
      primary = await startRedis();
      replica = await startReplica(primary.port);
      const store = { wait: { replicas: 1, timeout: '300ms' } };
      world = await createWorld({ redisUrl: primary.url, config: { store } });
    });
    after(async () => {
      await world?.close();
      await replica?.stop();
      await primary?.stop();
    });

    it('F17 R50: a shortfall is a 503 and nobody gets in; with the replica back the same approval counts, once', async () => {
      const browser = new TestBrowser();
      const request = world.authorize();
      const { page } = await world.walk(browser, request, { until: 'push' });
      await world.person('alice').device!.approve(world.number(page));
      process.kill(replica.pid, 'SIGSTOP');
      try {
        const answer = await world.post(browser, page, 'continue');
        expect(answer.status).to.equal(503);
        expect(answer.next).to.equal(undefined);
        expect((await fetch(`${world.issuer}/readyz`)).status).to.equal(503);
      } finally {
        process.kill(replica.pid, 'SIGCONT');
      }
      await until(async () => (await fetch(`${world.issuer}/readyz`)).status === 200, 30);
      const walked = await world.walk(browser, await world.post(browser, page, 'continue'));
      expect((await world.redeem(request, walked.code!)).status).to.equal(200);
    });

    it('F17: writes and WAIT go over a connection of their own, and reads pass beside one that waits', async () => {
      const others = new Set((await cli(primary.port, 'client', 'list')).match(/^id=\d+/gm));
      const careful = await openRedis({
        url: primary.url,
        prefix: 'own:',
        wait: { replicas: 1, timeoutMs: 1000 },
      });
      const ids = async (mark: string) =>
        (await cli(primary.port, 'client', 'list'))
          .split('\n')
          .filter((line) => line.includes(mark) && !others.has(/^id=\d+/.exec(line)![0]))
          .map((line) => /^id=(\d+)/.exec(line)![1]!);
      await careful.put(keys.account('a'), 1, { if: 'any', ttlMs: null });
      process.kill(replica.pid, 'SIGSTOP');
      try {
        const blocked = careful.put(keys.account('a'), 2, { if: 'any', ttlMs: null }).then(
          () => expect.fail('no replica had it'),
          (error: Error) => error,
        );
        await until(async () => (await ids(' flags=b ')).length > 0);
        let ended = false;
        void blocked.then(() => {
          ended = true;
        });
        await careful.get(keys.account('a'));
        const [waits, reads] = [await ids(' flags=b '), await ids(' cmd=get ')];
        expect(ended, 'the read came back while the write waited').to.equal(false);
        expect(waits).to.have.length(1);
        expect(reads).to.have.length.above(0).and.not.include(waits[0]);
        expect(await blocked).to.be.instanceOf(StoreUnavailable);
      } finally {
        process.kill(replica.pid, 'SIGCONT');
      }
      await careful.close();
    });
  });
});
