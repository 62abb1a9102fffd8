import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { StoreUnavailable } from '../../src/store/errors.ts';
import { keys, names } from '../../src/store/keys.ts';
import type { Key, Store } from '../../src/store/port.ts';
import { update } from '../../src/store/update.ts';

/** What an engine gives the contract. */
export interface Bench {
  /** Another store on the same data, as a second process would open it. */
  open(): Promise<Store>;
  /** Moves the store's clock, ms from the true time. */
  setSkew(ms: number): void;
  stop(): Promise<void>;
}

/** Ids nobody else in the run uses, so that the tests need no clean store. */
const fresh = () => randomBytes(9).toString('base64url');
const account = () => keys.account(fresh());

/** Resolves once `condition` holds; fails after five seconds. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 5000; !(await condition()); ) {
    if (performance.now() > end) throw new Error('waited 5 s for a condition that never came');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The promises of `src/store/port.ts`; every engine runs this suite. */
export function storeContract(start: () => Promise<Bench>): void {
  let bench: Bench;
  let store: Store;
  let other: Store;

  before(async function () {
    this.timeout(60_000);
    bench = await start();
    store = await bench.open();
    other = await bench.open();
  });
  beforeEach(() => bench.setSkew(0));
  after(async () => {
    bench?.setSkew(0);
    await store?.close();
    await other?.close();
    await bench?.stop();
  });

  const put = <T>(key: Key, value: T, ttlMs: number | null | 'keep' = null) =>
    store.put(key, value, { if: 'any', ttlMs });
  const value = async <T>(key: Key) => (await store.get<T>(key))?.value;

  describe('records', () => {
    it('gives back what was put, with its version and expiry', async () => {
      const key = account();
      expect(await store.get(key)).to.equal(undefined);
      const before = await store.now();
      const version = await put(key, { a: [1, 'ż', null], b: { c: true } }, 60_000);
      const found = await other.get(key);
      expect(found?.value).to.deep.equal({ a: [1, 'ż', null], b: { c: true } });
      expect(found?.version).to.equal(version);
      expect(found?.dead ?? false).to.equal(false);
      expect(found?.expiresAt).to.be.within(before + 60_000 - 50, (await store.now()) + 60_000 + 50);
    });

    it('holds absent, present, any and a version to their word', async () => {
      const key = account();
      expect(await store.put(key, 1, { if: 'present', ttlMs: null })).to.equal(false);
      expect(await store.put(key, 1, { if: { version: 'never-was-there-' }, ttlMs: null })).to.equal(false);
      const first = await store.put(key, 1, { if: 'absent', ttlMs: null });
      expect(first).to.be.a('string');
      expect(await store.put(key, 2, { if: 'absent', ttlMs: null })).to.equal(false);
      const second = await store.put(key, 2, { if: 'present', ttlMs: null });
      expect(await store.put(key, 3, { if: { version: String(first) }, ttlMs: null })).to.equal(false);
      expect(await store.put(key, 3, { if: { version: String(second) }, ttlMs: null })).to.be.a('string');
      expect(await value(key)).to.equal(3);
    });

    it('lets one of 50 parallel writers win each version', async () => {
      const key = account();
      for (let round = 0; round < 5; round++) {
        const found = await store.get<number>(key);
        const condition = found && !found.dead ? { version: found.version } : ('absent' as const);
        const writers = Array.from({ length: 50 }, (_, i) =>
          (i % 2 ? store : other).put(key, round * 50 + i, { if: condition, ttlMs: null }),
        );
        const won = (await Promise.all(writers))
          .map((version, i) => ({ version, i }))
          .filter((w) => w.version);
        expect(won).to.have.length(1);
        expect(await store.get(key)).to.include({ value: round * 50 + won[0]!.i, version: won[0]!.version });
      }
    });

    it('lets one of 50 parallel deletes win', async () => {
      const key = account();
      await put(key, 1);
      const removed = await Promise.all(
        Array.from({ length: 50 }, (_, i) => (i % 2 ? store : other).delete(key, { tombstone: i % 3 === 0 })),
      );
      expect(removed.filter(Boolean)).to.have.length(1);
    });

    it('never uses a version again, not even after a delete (no ABA)', async () => {
      const key = account();
      const first = await put(key, 'same');
      expect(await store.delete(key)).to.equal(true);
      const second = await put(key, 'same');
      expect(second).not.to.equal(first);
      expect(await store.put(key, 'late', { if: { version: String(first) }, ttlMs: null })).to.equal(false);
      expect(await store.delete(key, { if: String(first) })).to.equal(false);
      expect(await store.delete(key, { if: String(second) })).to.equal(true);
      expect(await store.delete(key)).to.equal(false);
    });

    it('leaves a tombstone that nothing can be written over until the record would have expired', async () => {
      const key = account();
      await put(key, { secret: 1 }, 60_000);
      const { expiresAt } = (await store.get(key))!;
      expect(await store.delete(key, { tombstone: true })).to.equal(true);
      const found = await store.get(key);
      expect(found).to.include({ dead: true, expiresAt });
      expect(found).not.to.have.property('value', 1);
      for (const condition of ['any', 'absent', 'present', { version: found!.version }] as const) {
        expect(await store.put(key, 2, { if: condition, ttlMs: null })).to.equal(false);
      }
      expect(await store.delete(key)).to.equal(false);
      expect(await store.delete(key, { tombstone: true })).to.equal(false);
      expect(await update<number>(store, key, () => ({ value: 3 }))).to.equal(undefined);
      expect(await store.get(key)).to.include({ dead: true, expiresAt });
      bench.setSkew(60_001);
      expect(await store.get(key)).to.equal(undefined);
      expect(await store.put(key, 4, { if: 'absent', ttlMs: null })).to.be.a('string');
    });

    it('leaves nothing behind when a tombstone is asked of an absent record', async () => {
      const key = account();
      expect(await store.delete(key, { tombstone: true })).to.equal(false);
      expect(await store.get(key)).to.equal(undefined);
    });

    it('lets a record expire by the clock of the store', async () => {
      const key = account();
      const version = await put(key, 1, 10_000);
      bench.setSkew(9_000);
      expect(await value(key)).to.equal(1);
      bench.setSkew(10_001);
      expect(await store.get(key)).to.equal(undefined);
      expect(await store.getMany([key])).to.deep.equal([undefined]);
      expect(await store.put(key, 2, { if: { version: String(version) }, ttlMs: null })).to.equal(false);
      expect(await store.put(key, 2, { if: 'present', ttlMs: null })).to.equal(false);
      expect(await store.delete(key)).to.equal(false);
      expect(await store.put(key, 2, { if: 'absent', ttlMs: null })).to.be.a('string');
    });

    it('works on a clock that runs behind', async () => {
      const key = account();
      bench.setSkew(-300_000);
      await put(key, 1, 10_000);
      expect(await value(key)).to.equal(1);
      bench.setSkew(-289_000);
      expect(await store.get(key)).to.equal(undefined);
    });

    it('ends at once a life of nothing', async () => {
      const key = account();
      await put(key, 1, 0);
      expect(await store.get(key)).to.equal(undefined);
    });

    it('keeps the expiry when asked to, and gives a new record none', async () => {
      const key = account();
      await put(key, 1, 10_000);
      const { expiresAt } = (await store.get(key))!;
      bench.setSkew(5_000);
      await put(key, 2, 'keep');
      expect(await store.get(key)).to.include({ value: 2, expiresAt });
      bench.setSkew(10_001);
      await put(key, 3, 'keep');
      expect(await store.get(key)).to.include({ value: 3, expiresAt: null });
      await put(key, 4, 10_000);
      await put(key, 5, null);
      bench.setSkew(100_000);
      expect(await store.get(key)).to.include({ value: 5, expiresAt: null });
    });

    it('reads many in the order they were asked for', async () => {
      const many = Array.from({ length: 20 }, account);
      await Promise.all(many.map((key, i) => (i % 3 ? put(key, i) : undefined)));
      await store.delete(many[1]!, { tombstone: true });
      const found = await other.getMany<number>([...many, many[2]!]);
      expect(found.map((f) => f?.value)).to.deep.equal([
        ...many.map((_, i) => (i % 3 && i !== 1 ? i : undefined)),
        2,
      ]);
      expect(found[1]?.dead).to.equal(true);
      expect(await store.getMany([])).to.deep.equal([]);
    });

    it('updates 30 times in parallel without losing one', async () => {
      const key = account();
      const add = (s: Store) =>
        update<number>(s, key, (now) => ({ value: (now?.value ?? 0) + 1, ttlMs: null }));
      await Promise.all(Array.from({ length: 30 }, (_, i) => add(i % 2 ? store : other)));
      expect(await value(key)).to.equal(30);
      expect(await update<number>(store, key, () => undefined)).to.equal(undefined);
    });

    it('refuses what JSON cannot say', async () => {
      const refused = async (act: () => Promise<unknown>) => {
        const error = await act().then(
          () => undefined,
          (e: unknown) => e,
        );
        expect(error).to.be.instanceOf(TypeError);
      };
      await refused(() => put(account(), undefined));
      await refused(() => put(account(), 1, Number.NaN));
      await refused(() => store.count(account(), { windowMs: 1000, by: 0.5 }));
      await refused(() => store.index.page(names.accounts(), { limit: 0 }));
    });

    it('R52: takes odd, long and hostile ids without mixing them up', async () => {
      const odd = [
        'a/b',
        'a:b',
        '{x}',
        'é',
        'e\u0301',
        '\u0000',
        '*',
        ' ',
        '',
        "'; DROP TABLE record; --",
        'x'.repeat(5000),
        '\ud800',
      ];
      const ids = odd.map((id) => `${id}`);
      for (const [i, id] of ids.entries()) await put(keys.account(id), i);
      expect((await store.getMany(ids.map((id) => keys.account(id)))).map((f) => f?.value)).to.deep.equal(
        ids.map((_, i) => i),
      );
      expect(await store.get(keys.client('a/b'))).to.equal(undefined);
      for (const id of ids) await store.delete(keys.account(id));
    });

    it('takes a value of 2 MB and one of every kind', async () => {
      const big = 'ż"\\\n\u2028'.repeat(400_000);
      const key = account();
      await put(key, { big });
      expect((await store.get<{ big: string }>(key))?.value?.big === big).to.equal(true);
      for (const kind of [null, false, 0, '', [], {}, -1.5e300, '\u0000', '1-2']) {
        await put(key, kind);
        expect(await value(key)).to.deep.equal(kind);
      }
    });
  });

  describe('counters', () => {
    it('counts in a sliding window and says when the count falls', async () => {
      const key = keys.limit('test', fresh());
      const windowMs = 60_000;
      const before = await store.now();
      const first = await store.count(key, { windowMs });
      expect(first.count).to.equal(1);
      expect(first.resetsAt).to.be.within(before + windowMs - 50, (await store.now()) + windowMs + 50);
      bench.setSkew(30_000);
      expect((await other.count(key, { windowMs, by: 2 })).count).to.equal(3);
      bench.setSkew(first.resetsAt - Date.now() + 500 < 0 ? 0 : 60_500);
      const later = await store.count(key, { windowMs, by: 0 });
      expect(later.count).to.equal(2);
      expect(later.resetsAt).to.be.within(before + 90_000 - 50, before + 92_000);
      bench.setSkew(92_500);
      expect(await store.count(key, { windowMs, by: 0 })).to.deep.equal({
        count: 0,
        resetsAt: Number.POSITIVE_INFINITY,
      });
      expect((await store.count(key, { windowMs })).count).to.equal(1);
    });

    it('reserves under 50 parallel callers: each sees another count', async () => {
      const key = keys.limit('test', fresh());
      const counts = await Promise.all(
        Array.from({ length: 50 }, (_, i) => (i % 2 ? store : other).count(key, { windowMs: 60_000 })),
      );
      expect(counts.map(({ count }) => count).sort((a, b) => a - b)).to.deep.equal(
        Array.from({ length: 50 }, (_, i) => i + 1),
      );
    });

    it('gives back, never below zero', async () => {
      const key = keys.limit('test', fresh());
      await store.count(key, { windowMs: 60_000, by: 3 });
      bench.setSkew(20_000);
      await store.count(key, { windowMs: 60_000, by: 2 });
      expect((await store.count(key, { windowMs: 60_000, by: -3 })).count).to.equal(2);
      expect((await store.count(key, { windowMs: 60_000, by: -100 })).count).to.equal(0);
      expect((await store.count(key, { windowMs: 60_000 })).count).to.equal(1);
      expect((await store.count(keys.limit('test', fresh()), { windowMs: null, by: -1 })).count).to.equal(0);
    });

    it('stays small and never counts too little, however often it is hit', async () => {
      const key = keys.limit('test', fresh());
      const started = performance.now();
      for (let i = 0; i < 150; i++) {
        bench.setSkew(i * 100);
        await store.count(key, { windowMs: 10_000 });
      }
      const { count } = await store.count(key, { windowMs: 10_000, by: 0 });
      // A hit each 100 ms of the moved clock, and what the machine took for it besides.
      const apart = 100 + (performance.now() - started) / 150;
      expect(count).to.be.within(Math.floor(10_000 / apart) - 2, 103);
    });

    it('counts without a window until it is deleted', async () => {
      const key = keys.limit('test', fresh());
      await store.count(key, { windowMs: null });
      bench.setSkew(400 * 86_400_000);
      expect(await store.count(key, { windowMs: null, by: 4 })).to.deep.equal({
        count: 5,
        resetsAt: Number.POSITIVE_INFINITY,
      });
      expect((await store.count(key, { windowMs: null, by: -1 })).count).to.equal(4);
      expect(await store.delete(key)).to.equal(true);
      expect((await store.count(key, { windowMs: null, by: 0 })).count).to.equal(0);
    });

    it('keeps counters apart from records', async () => {
      const key = keys.limit('test', fresh());
      const version = await put(key, 'record');
      await store.count(key, { windowMs: 60_000, by: 2 });
      expect(await store.get(key)).to.include({ value: 'record', version });
      await store.delete(key, { if: String(version) });
      expect((await store.count(key, { windowMs: 60_000, by: 0 })).count).to.equal(2);
    });
  });

  describe('indexes', () => {
    const fill = async (members: readonly (readonly [string, number])[]) => {
      const name = names.sessions(fresh());
      for (const [member, order] of members) await store.index.add(name, member, { order, ttlMs: null });
      return name;
    };
    const all = async (name: ReturnType<typeof names.accounts>, limit: number, newestFirst = false) => {
      const seen: string[] = [];
      let after: string | undefined;
      do {
        const page = await other.index.page(name, {
          limit,
          newestFirst,
          ...(after === undefined ? {} : { after }),
        });
        seen.push(...page.entries.map((entry) => entry.member));
        after = page.next;
      } while (after !== undefined);
      return seen;
    };

    it('pages by order, then by name, both ways', async () => {
      const name = await fill([
        ['d', 3],
        ['b', 2],
        ['a', 2],
        ['c', 2],
        ['ä', 2],
        ['Z', 2],
        ['e', -1.5],
        ['f', 1.7e12],
      ]);
      const expected = ['e', 'Z', 'a', 'b', 'c', 'ä', 'd', 'f'];
      for (const limit of [1, 2, 3, 8, 100]) {
        expect(await all(name, limit)).to.deep.equal(expected);
        expect(await all(name, limit, true)).to.deep.equal([...expected].reverse());
      }
      const { entries } = await store.index.page(name, { limit: 1, newestFirst: true });
      expect(entries).to.deep.equal([{ member: 'f', order: 1.7e12 }]);
      expect(await store.index.page(names.sessions(fresh()), { limit: 5 })).to.deep.equal({ entries: [] });
    });

    it('goes on at the right place when the member a page ended with is gone or has moved', async () => {
      const name = await fill([
        ['a', 1],
        ['b', 1],
        ['c', 1],
        ['d', 2],
      ]);
      const { next } = await store.index.page(name, { limit: 2 });
      await store.index.remove(name, 'b');
      expect(
        (await store.index.page(name, { limit: 5, after: next! })).entries.map((e) => e.member),
      ).to.deep.equal(['c', 'd']);
      await store.index.add(name, 'b', { order: 9, ttlMs: null });
      expect(
        (await store.index.page(name, { limit: 5, after: next! })).entries.map((e) => e.member),
      ).to.deep.equal(['c', 'd', 'b']);
      const back = await store.index.page(name, { limit: 5, after: next!, newestFirst: true });
      expect(back.entries.map((e) => e.member)).to.deep.equal(['a']);
    });

    it('moves and removes members', async () => {
      const name = await fill([
        ['a', 1],
        ['b', 2],
      ]);
      await store.index.add(name, 'a', { order: 3, ttlMs: null });
      expect(await all(name, 10)).to.deep.equal(['b', 'a']);
      await store.index.remove(name, 'b');
      await store.index.remove(name, 'never there');
      expect(await all(name, 10)).to.deep.equal(['a']);
    });

    it('lets each member expire by itself', async () => {
      const name = await fill([['stays', 2]]);
      await store.index.add(name, 'short', { order: 1, ttlMs: 10_000 });
      await store.index.add(name, 'long', { order: 3, ttlMs: 100_000 });
      await store.index.add(name, 'renewed', { order: 4, ttlMs: 10_000 });
      bench.setSkew(5_000);
      await store.index.add(name, 'renewed', { order: 4, ttlMs: 10_000 });
      bench.setSkew(10_500);
      expect(await all(name, 2)).to.deep.equal(['stays', 'long', 'renewed']);
      bench.setSkew(100_500);
      expect(await all(name, 2)).to.deep.equal(['stays']);
    });

    it('takes any text as a member', async () => {
      const members = ['Model:id', '{a}', 'a b', 'ż', 'x'.repeat(2000), '\u0000', '-', '(1'];
      const name = await fill(members.map((member, i) => [member, i]));
      expect(await all(name, 3)).to.deep.equal(members);
    });

    it('refuses a cursor it did not make', async () => {
      const error = await store.index.page(names.accounts(), { limit: 1, after: 'nonsense' }).then(
        () => undefined,
        (e: unknown) => e,
      );
      expect(error).to.be.instanceOf(RangeError);
    });
  });

  describe('logs', () => {
    const bounds = { max: 1000, maxAgeMs: 3_600_000 };

    it('keeps events in order, with ids that only grow', async () => {
      const name = names.log(fresh());
      const start = await store.now();
      const ids = await Promise.all(
        Array.from({ length: 30 }, (_, i) => store.log.append(name, { i }, bounds)),
      );
      const events = await other.log.read<{ i: number }>(name, { limit: 100 });
      expect(events.map(({ id }) => id)).to.deep.equal(ids);
      expect(events.map(({ event }) => event.i)).to.deep.equal(ids.map((_, i) => i));
      for (const { at } of events) expect(at).to.be.within(start - 50, start + 10_000);
    });

    it('pages after an id and since a time', async () => {
      const name = names.log(fresh());
      const start = await store.now();
      for (let i = 0; i < 6; i++) {
        bench.setSkew(i * 1000);
        await store.log.append(name, i, bounds);
      }
      const first = await store.log.read<number>(name, { limit: 4 });
      expect(first.map(({ event }) => event)).to.deep.equal([0, 1, 2, 3]);
      const rest = await store.log.read<number>(name, { limit: 4, after: first[3]!.id });
      expect(rest.map(({ event }) => event)).to.deep.equal([4, 5]);
      expect(await store.log.read(name, { limit: 4, after: rest[1]!.id })).to.deep.equal([]);
      const since = await store.log.read<number>(name, { limit: 10, sinceMs: start + 2500 });
      expect(since.map(({ event }) => event)).to.deep.equal([3, 4, 5]);
      const both = await store.log.read<number>(name, {
        limit: 10,
        sinceMs: start + 2500,
        after: since[1]!.id,
      });
      expect(both.map(({ event }) => event)).to.deep.equal([5]);
    });

    it('keeps at most `max` events, none older than `maxAgeMs`', async () => {
      const name = names.log(fresh());
      for (let i = 0; i < 200; i++) await store.log.append(name, i, { max: 150, maxAgeMs: 60_000 });
      const events = await store.log.read<number>(name, { limit: 1000 });
      expect(events.map(({ event }) => event)).to.deep.equal(Array.from({ length: 150 }, (_, i) => 50 + i));
      await store.log.append(name, 'few', { max: 5, maxAgeMs: 60_000 });
      expect(await store.log.read(name, { limit: 1000 })).to.have.length(5);
      bench.setSkew(61_000);
      expect(await store.log.read(name, { limit: 1000 })).to.deep.equal([]);
      await store.log.append(name, 'new', { max: 5, maxAgeMs: 60_000 });
      expect((await store.log.read(name, { limit: 1000 })).map(({ event }) => event)).to.deep.equal(['new']);
    });

    it('gives growing ids when the clock steps back', async () => {
      const name = names.log(fresh());
      bench.setSkew(10_000);
      const first = await store.log.append(name, 1, bounds);
      bench.setSkew(0);
      const second = await store.log.append(name, 2, bounds);
      expect((await store.log.read(name, { limit: 10, after: first })).map(({ id }) => id)).to.deep.equal([
        second,
      ]);
    });

    it('refuses an id it did not give', async () => {
      const error = await store.log.read(names.log(fresh()), { limit: 1, after: '(' }).then(
        () => undefined,
        (e: unknown) => e,
      );
      expect(error).to.be.instanceOf(RangeError);
    });
  });

  describe('wakes', () => {
    it('tells this process and the other one, once the write can be read', async () => {
      const key = account();
      const topic = fresh();
      const told = { here: 0, there: 0 };
      const seen: unknown[] = [];
      const stopHere = await store.onWake((t) => void (t === topic || t === '*' ? told.here++ : 0));
      const stopThere = await other.onWake((t) => {
        if (t !== topic && t !== '*') return;
        told.there++;
        other.get(key).then(
          (found) => seen.push(found?.value),
          () => undefined,
        );
      });
      await store.put(key, 'written', { if: 'any', ttlMs: null, wake: topic });
      await until(() => told.here > 0 && told.there > 0 && seen.includes('written'));
      await stopHere();
      await stopThere();
    });

    it('bring what was written where that is asked for, and nothing else does', async () => {
      const key = account();
      const [bare, carried, deleted] = [fresh(), fresh(), fresh()];
      const heard = new Map<string, unknown>();
      const stop = await store.onWake((topic, value) => heard.set(topic, value?.()));
      const value = { said: 'a\nb "c" é 🦊', at: 1 };
      await store.put(key, value, { if: 'any', ttlMs: null, wake: bare });
      await store.put(key, value, { if: 'any', ttlMs: null, wake: carried, carry: true });
      await store.put(key, 'lost', { if: 'absent', ttlMs: null, wake: carried, carry: true });
      await store.delete(key, { wake: deleted });
      await until(() => heard.has(deleted));
      await stop();
      expect(heard.get(carried)).to.deep.equal(value);
      expect([heard.get(bare), heard.get(deleted)]).to.deep.equal([undefined, undefined]);
    });

    it('raises nothing for a condition that did not hold, nor after unsubscribing', async () => {
      const key = account();
      const [lost, won, deleted, late] = [fresh(), fresh(), fresh(), fresh()];
      const topics: string[] = [];
      const stop = await store.onWake((topic) => void topics.push(topic));
      await put(key, 1);
      await store.put(key, 2, { if: 'absent', ttlMs: null, wake: lost });
      await store.delete(key, { if: 'no such version', wake: lost });
      await store.put(key, 2, { if: 'present', ttlMs: null, wake: won });
      await store.delete(key, { wake: deleted });
      await until(() => topics.includes(deleted));
      expect(topics.filter((topic) => topic !== '*')).to.deep.equal([won, deleted]);
      await stop();
      await store.put(key, 2, { if: 'any', ttlMs: null, wake: late });
      await put(key, 3);
      expect(topics).not.to.include(late);
    });
  });

  describe('as a whole', () => {
    it('says the time of its own clock', async () => {
      bench.setSkew(86_400_000);
      expect(await store.now()).to.be.within(Date.now() - 1000, Date.now() + 86_401_000);
      bench.setSkew(0);
      expect(await store.now()).to.be.within(Date.now() - 1000, Date.now() + 1000);
      await store.check();
    });

    it('R50: fails with StoreUnavailable once it is closed, and closes twice in peace', async () => {
      const third = await bench.open();
      const key = account();
      const writes = Array.from({ length: 20 }, (_, i) =>
        third.put(keys.account(`${key}-${i}`), i, { if: 'any', ttlMs: null }),
      );
      await Promise.all(writes);
      await third.close();
      await third.close();
      for (const act of [
        () => third.get(key),
        () => third.put(key, 1, { if: 'any', ttlMs: null }),
        () => third.check(),
        () => third.now().then(() => third.count(key, { windowMs: 1 })),
      ]) {
        const error = await act().then(
          () => undefined,
          (e: unknown) => e,
        );
        expect(error).to.be.instanceOf(StoreUnavailable);
      }
    });
  });
}
