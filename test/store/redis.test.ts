import { inspect } from 'node:util';
import { expect } from 'chai';
import { StoreUnavailable } from '../../src/store/errors.ts';
import { keys, names } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/port.ts';
import { openRedis } from '../../src/store/redis/redis.ts';
import {
  cli,
  type RedisServer,
  startCluster,
  startClusterReplica,
  startRedis,
  startSentinel,
} from '../support/redis-server.ts';
import { storeContract } from './contract.ts';
import { failure, until } from './waiting.ts';

function contractOn(start: () => Promise<{ url: string; stop(): Promise<void> }>): void {
  storeContract(async () => {
    const server = await start();
    let skew = 0;
    return {
      open: () => openRedis({ url: server.url, prefix: 'test:', offsetMs: () => skew }),
      setSkew: (ms) => {
        skew = ms;
      },
      stop: () => server.stop(),
    };
  });
}

describe('redis store', () => {
  describe('contract, standalone', () => contractOn(startRedis));

  describe('contract, cluster of three', () => contractOn(startCluster));

  describe('a server of its own', () => {
    let server: RedisServer;
    let store: Store;

    before(async () => {
      server = await startRedis();
      store = await openRedis({ url: server.url, commandTimeoutMs: 500 });
    });
    after(async () => {
      await store?.close();
      await server?.stop();
    });

    const works = async () => {
      try {
        await store.check();
        return true;
      } catch {
        return false;
      }
    };

    it('lets the server itself forget what has expired', async () => {
      await store.put(keys.account('short'), 1, { if: 'any', ttlMs: 30 });
      await store.index.add(names.clients(), 'short', { order: 1, ttlMs: 30 });
      await store.count(keys.limit('a', 'b'), { windowMs: 30 });
      await store.log.append(names.log('a'), 1, { max: 5, maxAgeMs: 30 });
      await until(async () => (await cli(server.port, 'keys', '*')) === '');
      expect(await store.get(keys.account('short'))).to.equal(undefined);
    });

    it('F16: goes on when the server has forgotten its scripts', async () => {
      await store.put(keys.account('a'), 1, { if: 'any', ttlMs: null });
      await cli(server.port, 'script', 'flush');
      expect(await store.put(keys.account('a'), 2, { if: 'present', ttlMs: null })).to.be.a('string');
      expect((await store.get(keys.account('a')))?.value).to.equal(2);
    });

    it('R50, F16: read-only or out of memory, writes fail closed and recover', async () => {
      const put = () => store.put(keys.account('a'), 1, { if: 'any', ttlMs: null });
      await cli(server.port, 'config', 'set', 'maxmemory', '1');
      expect(await failure(put())).to.be.instanceOf(StoreUnavailable);
      await cli(server.port, 'config', 'set', 'maxmemory', '0');
      await until(works);
      await cli(server.port, 'replicaof', '127.0.0.1', '1');
      expect(await failure(put())).to.be.instanceOf(StoreUnavailable);
      await cli(server.port, 'replicaof', 'no', 'one');
      await until(works);
    });

    it('R50, F16: a server that hangs is a failure within the command timeout, and is found again', async () => {
      process.kill(server.pid, 'SIGSTOP');
      const started = performance.now();
      expect(await failure(store.get(keys.account('a')))).to.be.instanceOf(StoreUnavailable);
      expect(performance.now() - started).to.be.below(2000);
      process.kill(server.pid, 'SIGCONT');
      await until(works);
    });

    it('R49, R50: an error tells neither the value nor the password', async () => {
      await cli(server.port, 'config', 'set', 'maxmemory', '1');
      const error = await failure(store.put(keys.account('a'), 'canary-value', { if: 'any', ttlMs: null }));
      await cli(server.port, 'config', 'set', 'maxmemory', '0');
      const told = `${error.stack} ${JSON.stringify(error)} ${JSON.stringify(Object.values(error))} ${error.cause}`;
      expect(told).not.to.include('canary-value');
      expect(error).to.have.property('reason', 'memory');
    });

    it('sends what is asked in one turn of the loop in one piece', async () => {
      const reads = async () =>
        Number(/total_reads_processed:(\d+)/.exec(await cli(server.port, 'info', 'stats'))?.[1]);
      const before = await reads();
      await Promise.all(Array.from({ length: 50 }, (_, i) => store.get(keys.account(`one-of-${i}`))));
      // Those that ask for the number are counted, too.
      expect((await reads()) - before).to.be.at.most(6);
    });

    it('F15, F16: a restart is a failure, then all works again, and everything parked is told to re-read', async function () {
      this.timeout(30_000);
      const topics: string[] = [];
      const stop = await store.onWake((topic) => void topics.push(topic));
      const { port } = server;
      await server.stop();
      expect(await failure(store.get(keys.account('a')))).to.be.instanceOf(StoreUnavailable);
      expect(await failure(store.now())).to.be.instanceOf(StoreUnavailable);
      server = await startRedis({ port });
      await until(works);
      await until(() => topics.includes('*'));
      await store.put(keys.account('a'), 1, { if: 'any', ttlMs: null, wake: 'after' });
      await until(() => topics.includes('after'));
      await stop();
    });

    it('waits for replicas where that is configured, and fails on a shortfall (F17)', async () => {
      const wait = { replicas: 1, timeoutMs: 200 };
      const careful = await openRedis({ url: server.url, wait });
      const put = () => careful.put(keys.account('a'), 1, { if: 'any', ttlMs: null });
      const { message } = await failure(put());
      expect(message).to.match(/0 of 1 replicas/);
      const replica = await startRedis({
        args: ['--replicaof', '127.0.0.1', `${server.port}`, '--repl-diskless-sync-delay', '0'],
      });
      await until(() => put().then(Boolean, () => false));
      await careful.close();
      await replica.stop();
    });
  });

  it('F25: refuses to start on a server that evicts keys', async () => {
    const server = await startRedis({ args: ['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru'] });
    const { message } = await failure(openRedis({ url: server.url }));
    expect(message)
      .to.include(`${server.port}`)
      .and.match(/allkeys-lru.*noeviction/);
    await server.stop();
  });

  it('F25: refuses to start on a Cluster of which any node would evict, a replica too', async function () {
    this.timeout(60_000);
    const cluster = await startCluster();
    const [, , last] = cluster.servers;
    const replica = await startClusterReplica(last!.port);
    const [first] = cluster.ports;
    await until(async () => (await cli(first!, 'cluster', 'slots')).includes(`${replica.port}`));
    const url = `redis+cluster://127.0.0.1:${first}`;
    const policy = (port: number, value: string) => cli(port, 'config', 'set', 'maxmemory-policy', value);
    for (const { port } of [last!, replica]) {
      await policy(port, 'volatile-lru');
      const { message } = await failure(openRedis({ url }));
      expect(message, `${port}`).to.match(/volatile-lru.*noeviction/);
      await policy(port, 'noeviction');
    }
    await (await openRedis({ url })).close();
    await replica.stop();
    await cluster.stop();
  });

  it('R50 F16: a Cluster is ready only when all of its masters are, wherever the key lies that is tried', async function () {
    this.timeout(60_000);
    const cluster = await startCluster();
    const stores = await Promise.all(
      Array.from({ length: 6 }, () => openRedis({ url: cluster.url, commandTimeoutMs: 500 })),
    );
    const checks = () => Promise.allSettled(stores.map((store) => store.check()));
    const [, , last] = cluster.servers;
    expect((await checks()).map(({ status }) => status)).to.deep.equal(stores.map(() => 'fulfilled'));
    process.kill(last!.pid, 'SIGSTOP');
    try {
      expect((await checks()).map(({ status }) => status)).to.deep.equal(stores.map(() => 'rejected'));
    } finally {
      process.kill(last!.pid, 'SIGCONT');
    }
    await until(async () => (await checks()).every(({ status }) => status === 'fulfilled'), 30);
    await Promise.all(stores.map((store) => store.close()));
    await cluster.stop();
  });

  it('F16 F25: tells the operator at 80, 90 and 95 % of the memory, once each, and when it was set to evict', async () => {
    const server = await startRedis({ args: ['--maxmemory', '20mb'] });
    const told: string[] = [];
    const store = await openRedis({
      url: server.url,
      watchEveryMs: 5,
      warn: (sentence) => void told.push(sentence),
    });
    const percent = async () => {
      const info = await cli(server.port, 'info', 'memory');
      const of = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)![1]);
      return (100 * (of('used_memory') - of('mem_not_counted_for_evict'))) / of('maxmemory');
    };
    let stored = 0;
    const fillTo = async (wanted: number) => {
      for (let missing = wanted; missing > 0; ) {
        missing = wanted - (await percent());
        const puts = Math.ceil(missing * 1.5); // of about half a percent each
        for (let i = 0; i < puts; i++)
          await store.put(keys.account(`filler${stored++}`), 'x'.repeat(100_000), { if: 'any', ttlMs: null });
      }
    };
    /** Long enough for a look that began after now. */
    const looked = async () => {
      const looks = async () =>
        Number(/cmdstat_info:calls=(\d+)/.exec(await cli(server.port, 'info', 'commandstats'))?.[1]);
      const from = await looks();
      await until(async () => (await looks()) > from + 6);
    };
    await fillTo(75);
    await looked();
    expect(told).to.deep.equal([]);
    for (const mark of [80, 90, 95]) {
      await fillTo(mark + 0.5);
      await until(() => told.length > 0);
      await looked();
      expect(told, `${mark}`).to.have.length(1);
      expect(told.splice(0)[0]).to.match(
        new RegExp(`uses (${mark}|${mark + 1}) % of its maxmemory \\(.*20\\.0 MiB`),
      );
    }
    for (const id of Array.from({ length: stored }, (_, i) => i))
      await store.delete(keys.account(`filler${id}`));
    await until(async () => (await percent()) < 70);
    await looked();
    await fillTo(81);
    await until(() => told.length > 0);
    expect(told.splice(0)[0], 'again after it was well').to.match(/uses 8\d %/);

    await cli(server.port, 'config', 'set', 'maxmemory-policy', 'allkeys-lru');
    await until(() => told.length > 0);
    await looked();
    expect(told).to.have.length(1);
    expect(told[0]).to.match(/allkeys-lru.*noeviction/);
    await store.close();
    await server.stop();
  });

  it('takes a password, and says so when it is wrong', async () => {
    const server = await startRedis({ password: 'p@ss/word' });
    const store = await openRedis({ url: `${server.url}/2` });
    await store.check();
    await store.close();
    const { message, cause } = await failure(openRedis({ url: `redis://:wrong@127.0.0.1:${server.port}` }));
    expect(message).to.match(/WRONGPASS/);
    expect(cause).to.have.property('reason', 'denied');
    await server.stop();
  });

  it('R49: why it cannot be opened is kept as the cause, and no password is in any of it', async () => {
    const server = await startRedis({ password: 'right' });
    for (const [url, reason] of [
      [`redis://u:canary-password@127.0.0.1:${server.port}`, 'denied'],
      ['redis://u:canary-password@127.0.0.1:1', 'unreachable'],
      [`redis+cluster://u:canary-password@127.0.0.1:${server.port}`, 'cluster'],
    ] as const) {
      const error = await failure(openRedis({ url }));
      expect(error.cause, url).to.be.instanceOf(StoreUnavailable).with.property('reason', reason);
      // As a crash prints it, with every property and cause.
      const printed = `${inspect(error, { depth: 9, showHidden: true })} ${error.stack} ${(error.cause as Error).stack}`;
      expect(printed, url).to.include('127.0.0.1:').and.not.to.include('canary-password');
    }
    await server.stop();
  });

  it('finds the master through Sentinels', async function () {
    this.timeout(30_000);
    const group = await startSentinel();
    const store = await openRedis({ url: group.url });
    const topics: string[] = [];
    await store.onWake((topic) => void topics.push(topic));
    await store.put(keys.account('a'), 1, { if: 'absent', ttlMs: null, wake: 'w' });
    await until(() => topics.includes('w'));
    expect((await store.get(keys.account('a')))?.value).to.equal(1);
    await store.close();
    await group.stop();
  });
});
