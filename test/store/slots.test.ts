import { expect } from 'chai';
import { Redis } from 'ioredis';
import { keys, names } from '../../src/store/keys.ts';
import type { Key, Name, Store } from '../../src/store/port.ts';
import { openRedis } from '../../src/store/redis/redis.ts';
import * as scripts from '../../src/store/redis/scripts.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';

interface Seen {
  readonly args: readonly string[];
  readonly source: string;
}

/** What Redis Cluster hashes of a key: between the first brace and the next closing one, if there is anything. */
const hashed = (key: string) => /^[^{]*\{([^}]+)\}/.exec(key)?.[1] ?? key;

/** The keys of a script's call: SHA or source, how many, then they. */
const scriptKeys = ({ args }: Seen) => args.slice(3, 3 + Number(args[2]));

/** One of every kind there is, whatever kinds come: each argument of its maker is `id` or something made of it. */
const oneOfEach = <T>(makers: Record<string, (...ids: string[]) => T>, id: string) =>
  Object.values(makers).map((make) =>
    make(...Array.from({ length: make.length }, (_, i) => `${id}${i || ''}`)),
  );

describe('redis slots', () => {
  let server: RedisServer;
  let store: Store;
  let client: Redis;
  let monitor: Redis;
  const seen: Seen[] = [];

  before(async () => {
    server = await startRedis();
    store = await openRedis({ url: server.url });
    client = new Redis(server.url);
    monitor = await client.monitor();
    monitor.on(
      'monitor',
      (_time: string, args: string[], source: string) => void seen.push({ args, source }),
    );
  });
  after(async () => {
    monitor?.disconnect();
    client?.disconnect();
    await store?.close();
    await server?.stop();
  });

  it('R52: every script gets the keys of one slot and touches no others, of every kind, whatever the ids', async () => {
    const ids = ['a', 'a/b', '{x}', '}{', 'é{a}b', '', 'x'.repeat(300)];
    const everyName = ids.flatMap((id) => oneOfEach<Name>(names, id));
    // The name of a model is never anybody's input.
    const kinds = { ...keys, model: (id: string) => keys.model('Session', id) };
    const everyKey = ids.flatMap((id) => oneOfEach<Key>(kinds, id));
    const touch = async (key: Key, i: number) => {
      const id = ids[i % ids.length]!;
      const name = everyName[i % everyName.length]!;
      const options = { windowMs: 1000 };
      await store.put(key, 1, { if: 'any', ttlMs: 1000, wake: id });
      await store.put(key, 2, { if: 'present', ttlMs: null });
      await store.count(key, options);
      await store.count(key, { ...options, by: -1 });
      await store.getMany([key, keys.account(id)]);
      await store.delete(key, { tombstone: true, wake: id });
      await store.delete(keys.account(id));
      await store.index.add(name, id, { order: 1, ttlMs: 1000 });
      await store.index.add(name, `${id}2`, { order: 1, ttlMs: null });
      const { next } = await store.index.page(name, { limit: 1 });
      await store.index.page(name, { limit: 1, ...(next ? { after: next } : {}), newestFirst: true });
      await store.index.remove(name, id);
      const event = await store.log.append(name, id, { max: 1, maxAgeMs: 1000 });
      await store.log.read(name, { after: event, limit: 1 });
    };
    await Promise.all(everyKey.map(touch));
    await store.put(keys.account('last'), 1, { if: 'any', ttlMs: null });
    const last = (one: Seen) => one.source !== 'lua' && scriptKeys(one)[0]?.includes('{account/last}');
    for (const end = performance.now() + 5000; !seen.some(last) && performance.now() < end; )
      await new Promise((resolve) => setTimeout(resolve, 5));

    const scriptsOn = new Set(seen.filter(({ source }) => source !== 'lua').map((one) => scriptKeys(one)[0]));
    for (const key of everyKey) expect(scriptsOn.has(`countersign:record:{${key}}`), key).to.equal(true);
    for (const name of everyName) expect(scriptsOn.has(`countersign:log:{${name}}`), name).to.equal(true);

    const ran = new Set<string>();
    let tag: string | undefined;
    for (const one of seen) {
      const command = one.args[0]!.toLowerCase();
      if (one.source !== 'lua' && (command === 'evalsha' || command === 'eval')) {
        const touched = scriptKeys(one);
        expect(touched).to.have.length.above(0);
        tag = hashed(touched[0]!);
        for (const key of touched) expect(hashed(key), key).to.equal(tag);
        ran.add(one.args[1]!);
      } else if (one.source === 'lua' && command !== 'time' && command !== 'publish')
        expect(hashed(one.args[1]!), one.args.slice(0, 2).join(' ')).to.equal(tag);
    }
    for (const [name, { sha, lua }] of Object.entries(scripts))
      expect(ran.has(sha) || ran.has(lua), name).to.equal(true);
  });
});
