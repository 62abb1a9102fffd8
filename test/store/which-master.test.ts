import { expect } from 'chai';
import { StoreUnavailable } from '../../src/store/errors.ts';
import { keys } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/port.ts';
import { openRedis } from '../../src/store/redis/redis.ts';
import {
  cli,
  type RedisServer,
  type SentinelGroup,
  startOneSentinel,
  startRedis,
  startReplica,
  startSentinel,
} from '../support/redis-server.ts';
import { failure, until } from './waiting.ts';

const KEY = keys.account('a');

/** Which servers have connections of ours that are not Sentinels', by port. */
async function connectedTo(servers: readonly RedisServer[]): Promise<number[]> {
  const lists = await Promise.all(servers.map(({ port }) => cli(port, 'client', 'list', 'type', 'normal')));
  return servers.filter((_, i) => lists[i]!.includes('name=countersign')).map(({ port }) => port);
}

/** What a read brings: the value, or why there is none. */
const reading = (store: Store) =>
  store.get(KEY).then(
    (found) => found?.value,
    ({ reason }: StoreUnavailable) => reason,
  );

describe('redis store: only the master will do', () => {
  describe('a lone server that becomes a replica', () => {
    let server: RedisServer;
    let replica: RedisServer;
    before(async () => {
      server = await startRedis();
      replica = await startReplica(server.port);
    });
    after(async () => {
      await replica?.stop();
      await server?.stop();
    });

    it('F16: is not started on a replica, and says so', async function () {
      this.timeout(20_000);
      const { message } = await failure(openRedis({ url: replica.url }));
      expect(message).to.include(`${replica.port}`).and.include('is a replica');
    });

    it('F16 F17: is left by the connection that only reads too, as soon as a write is refused', async () => {
      const store = await openRedis({ url: server.url, wait: { replicas: 1, timeoutMs: 500 } });
      await store.put(KEY, 'before', { if: 'any', ttlMs: null });
      await cli(server.port, 'replicaof', '127.0.0.1', '1');
      try {
        expect((await store.get(KEY))?.value, 'nobody knows yet').to.equal('before');
        expect(await failure(store.put(KEY, 'lost', { if: 'any', ttlMs: null })))
          .to.be.instanceOf(StoreUnavailable)
          .with.property('reason', 'read-only');
        await until(async () => (await reading(store)) === 'read-only');
        expect(await failure(store.now())).to.have.property('reason', 'read-only');
      } finally {
        await cli(server.port, 'replicaof', 'no', 'one');
      }
      await until(async () => (await reading(store)) === 'before');
      await store.close();
    });
  });

  describe('behind Sentinels', () => {
    let group: SentinelGroup;
    let store: Store;
    const others: { stop(): Promise<void> }[] = [];
    const named = async ({ port }: { port: number }) =>
      Number((await cli(port, 'sentinel', 'get-master-addr-by-name', 'm1')).split('\n')[1]);
    /** Another server takes over; the old one goes on calling itself master until it is told, some ten seconds. */
    const failOver = async (): Promise<number> => {
      const [asked] = group.sentinels;
      const before = await named(asked!);
      const next = group.servers.find(({ port }) => port !== before)!;
      await until(async () => (await cli(before, 'role')).includes(`${next.port}`), 30);
      await until(async () => (await cli(asked!.port, 'sentinel', 'failover', 'm1')) === 'OK', 30);
      for (const sentinel of group.sentinels) await until(async () => (await named(sentinel)) === next.port);
      return next.port;
    };
    const works = () =>
      store.check().then(
        () => true,
        () => false,
      );

    before(async () => {
      group = await startSentinel();
      store = await openRedis({ url: group.url, wait: { replicas: 1, timeoutMs: 500 } });
      await store.put(KEY, 'kept', { if: 'any', ttlMs: null });
    });
    after(async () => {
      await store?.close();
      await Promise.all(others.map((one) => one.stop()));
      await group?.stop();
    });

    it('F15: every connection goes to another master, the one that hears too', async function () {
      this.timeout(60_000);
      const topics: string[] = [];
      const stop = await store.onWake((topic) => void topics.push(topic));
      const now = await failOver();
      // All three: that reads, that writes, that hears. What they left still calls itself master.
      await until(async () => String(await connectedTo(group.servers)) === `${now}`, 5);
      const left = group.servers.find(({ port }) => port !== now)!;
      expect(await cli(left.port, 'role')).to.match(/^master/);
      await until(() => topics.includes('*'));
      await until(works, 30);
      // The one that was left may still be on its way to being a replica: until then a write falls short of its `WAIT`.
      const written = () =>
        store.put(KEY, 'kept', { if: 'any', ttlMs: null, wake: 'after' }).then(
          () => true,
          () => false,
        );
      await until(written, 30);
      await until(() => topics.includes('after'));
      await stop();
    });

    it('F17: a Sentinel that has not heard of the failover is outvoted, whoever answers first', async function () {
      this.timeout(60_000);
      // What it names is up and calls itself master, as an old one does that came back.
      const old = await startRedis();
      const behind = await startOneSentinel(old.port);
      others.push(old, behind);
      await until(async () => (await cli(behind.port, 'sentinel', 'master', 'm1')).includes('m1'));
      const [, rest] = group.url.split('redis+sentinel://');
      for (let i = 0; i < 3; i++) {
        const one = await openRedis({ url: `redis+sentinel://127.0.0.1:${behind.port},${rest}` });
        expect((await one.get(KEY))?.value).to.equal('kept');
        await one.close();
      }
      expect(await cli(old.port, 'info', 'commandstats'), 'what it was asked').not.to.match(
        /cmdstat_(get|evalsha):/,
      );
    });

    it('F16: a Sentinel that hangs is not waited for', async function () {
      this.timeout(60_000);
      const [hangs] = group.sentinels;
      process.kill(hangs!.pid, 'SIGSTOP');
      try {
        const one = await openRedis({ url: group.url });
        expect((await one.get(KEY))?.value).to.equal('kept');
        await one.close();
      } finally {
        process.kill(hangs!.pid, 'SIGCONT');
      }
    });

    it('F17: a master that the Sentinels are giving up is left by every connection, and taken back when they take it back', async function () {
      this.timeout(60_000);
      const now = await named(group.sentinels[0]!);
      const [master, other] = [true, false].map(
        (is) => group.servers.find(({ port }) => (port === now) === is)!,
      );
      const ours = async () =>
        (await cli(now, 'client', 'list', 'type', 'normal'))
          .split('\n')
          .filter((line) => line.includes('name=countersign'))
          .map((line) => /^id=\d+/.exec(line)![0]);
      await until(works, 30);
      const before = await ours();
      expect(before, 'one that reads and one that writes').to.have.length(2);
      // No other can take over, so nothing but the Sentinels' word makes anybody leave: the one that writes has nothing to do.
      for (const server of [other!, master!]) process.kill(server.pid, 'SIGSTOP');
      try {
        await until(async () => (await reading(store)) === 'failover', 20);
      } finally {
        for (const server of [other!, master!]) process.kill(server.pid, 'SIGCONT');
      }
      await until(async () => (await ours()).every((id) => !before.includes(id)));
      await until(async () => (await reading(store)) === 'kept', 30);
      await until(works, 30);
    });

    it('F25: a master that evicts is not used, whichever a failover leads to', async function () {
      this.timeout(60_000);
      const [now] = await Promise.all(group.sentinels.map(named));
      const next = group.servers.find(({ port }) => port !== now)!;
      await cli(next.port, 'config', 'set', 'maxmemory-policy', 'allkeys-lru');
      expect(await failOver()).to.equal(next.port);
      await until(async () => (await reading(store)) === 'eviction');
      const { message, cause } = await failure(openRedis({ url: group.url }));
      expect(message).to.match(/allkeys-lru.*noeviction/);
      expect(cause).to.have.property('reason', 'eviction');
      await cli(next.port, 'config', 'set', 'maxmemory-policy', 'noeviction');
      await until(async () => (await reading(store)) === 'kept', 30);
    });
  });
});
