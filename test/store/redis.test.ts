import { expect } from 'chai';
import { StoreUnavailable } from '../../src/store/errors.ts';
import { keys, names } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/port.ts';
import { openRedis } from '../../src/store/redis/redis.ts';
import { cli, type RedisServer, startCluster, startRedis, startSentinel } from '../support/redis-server.ts';
import { storeContract } from './contract.ts';

const failure = (act: Promise<unknown>) =>
  act.then(
    () => expect.fail('it did not fail'),
    (error: Error) => error,
  );

async function until(condition: () => boolean | Promise<boolean>, seconds = 10): Promise<void> {
  for (const end = performance.now() + seconds * 1000; !(await condition()); ) {
    if (performance.now() > end) throw new Error(`waited ${seconds} s for a condition that never came`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

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
      const refused = await failure(openRedis({ url: 'redis://u:canary-password@127.0.0.1:1' }));
      expect(refused.message).to.include('127.0.0.1:1').and.not.to.include('canary-password');
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

  it('takes a password, and says so when it is wrong', async () => {
    const server = await startRedis({ password: 'p@ss/word' });
    const store = await openRedis({ url: `${server.url}/2` });
    await store.check();
    await store.close();
    const { message } = await failure(openRedis({ url: `redis://:wrong@127.0.0.1:${server.port}` }));
    expect(message)
      .to.match(/WRONGPASS/)
      .and.not.to.include('wrong@');
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
