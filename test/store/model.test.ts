import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { openEmbedded } from '../../src/store/embedded/embedded.ts';
import { keys, names } from '../../src/store/keys.ts';
import type { Key, Store } from '../../src/store/port.ts';
import { openRedis } from '../../src/store/redis/redis.ts';
import { clockOffset, later, resetClock } from '../support/clock.ts';
import { startRedis } from '../support/redis-server.ts';
import { createStoreModel, TICK_MS, ticksToMs } from '../support/store-model.ts';

/** Ids of one run; odd ones are hashed, and equal orders sort by bytes. */
const IDS = ['a', 'b', 'a/b', 'é'];
const MEMBERS = ['m', 'M', 'm2', 'é', '😀', '\uffee', ''];
const WINDOWS = [1, 3, null, 2];
const LOGS = [
  { max: 2, life: 2 },
  { max: 5, life: 4 },
];

const id = fc.nat(IDS.length - 1);
const life = fc.constantFrom(null, 0, 1, 2, 5);
const command = fc.oneof(
  fc.record({
    kind: fc.constant('put' as const),
    id,
    value: fc.jsonValue({ maxDepth: 2 }),
    if: fc.constantFrom(
      'absent' as const,
      'present' as const,
      'any' as const,
      'current' as const,
      'old' as const,
    ),
    life: fc.oneof(life, fc.constant('keep' as const)),
  }),
  fc.record({ kind: fc.constantFrom('get' as const, 'getMany' as const), id }),
  fc.record({
    kind: fc.constant('delete' as const),
    id,
    if: fc.constantFrom(undefined, 'current' as const, 'old' as const),
    tombstone: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('count' as const), id, by: fc.integer({ min: -3, max: 4 }) }),
  fc.record({
    kind: fc.constant('indexAdd' as const),
    member: fc.constantFrom(...MEMBERS),
    order: fc.constantFrom(-1.5, 0, 1, 1e15),
    life,
  }),
  fc.record({ kind: fc.constant('indexRemove' as const), member: fc.constantFrom(...MEMBERS) }),
  fc.record({
    kind: fc.constant('page' as const),
    limit: fc.integer({ min: 1, max: 8 }),
    newestFirst: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('append' as const), log: fc.nat(LOGS.length - 1), event: fc.nat() }),
  fc.record({
    kind: fc.constant('read' as const),
    log: fc.nat(LOGS.length - 1),
    limit: fc.integer({ min: 1, max: 6 }),
    after: fc.option(fc.nat(5)),
    since: fc.option(fc.nat(12)),
  }),
  fc.record({ kind: fc.constant('move' as const), by: fc.constantFrom(1, 1, 2, 6, -1, -2) }),
);
type Command = typeof command extends fc.Arbitrary<infer C> ? C : never;

/** Runs the commands on the two stores in any turn and compares every answer with the model's. */
async function agree(
  stores: readonly Store[],
  commands: readonly (readonly [Command, number])[],
): Promise<void> {
  resetClock();
  const run = randomBytes(9).toString('base64url');
  const key = (n: number): Key => keys.model(`T${run}`, IDS[n]!);
  const indexName = names.sessions(run);
  const logName = (n: number) => names.accountLog(`${run}${n}`);
  const model = createStoreModel();
  const base = await stores[0]!.now();
  const tickOf = (ms: number | null) => (ms === null ? null : Math.floor((ms - base) / TICK_MS));
  const versions = IDS.map(() => [] as string[]);
  const wanted = (n: number, which: 'current' | 'old') =>
    (which === 'current' ? versions[n]!.at(-1) : versions[n]!.at(-2)) ?? 'A'.repeat(16);

  for (const [c, turn] of commands) {
    const store = stores[turn]!;
    switch (c.kind) {
      case 'put': {
        const condition = c.if === 'current' || c.if === 'old' ? { version: wanted(c.id, c.if) } : c.if;
        const ttlMs = c.life === 'keep' ? 'keep' : ticksToMs(c.life);
        const version = await store.put(key(c.id), c.value, { if: condition, ttlMs });
        expect(version !== false, 'put').to.equal(model.put(c.id, c.value, condition, c.life, version || ''));
        if (version) versions[c.id]!.push(version);
        break;
      }
      case 'get':
      case 'getMany': {
        const found =
          c.kind === 'get' ? [await store.get(key(c.id))] : await store.getMany(IDS.map((_, n) => key(n)));
        for (const [n, one] of found.entries()) {
          const seen = one && {
            dead: one.dead === true,
            value: one.value,
            expires: tickOf(one.expiresAt),
            ...(one.dead ? {} : { version: one.version }),
          };
          expect(seen, c.kind).to.deep.equal(model.get(c.kind === 'get' ? c.id : n));
        }
        break;
      }
      case 'delete': {
        const condition = c.if && wanted(c.id, c.if);
        const done = await store.delete(key(c.id), {
          ...(condition ? { if: condition } : {}),
          tombstone: c.tombstone,
        });
        const unsure = store.engine === 'redis' && model.counterOver(c.id);
        const expected = model.delete(c.id, condition, c.tombstone);
        if (!unsure || expected) expect(done, 'delete').to.equal(expected);
        break;
      }
      case 'count': {
        const window = WINDOWS[c.id]!;
        const { count, resetsAt } = await store.count(key(c.id), { windowMs: ticksToMs(window), by: c.by });
        const resets = resetsAt === Number.POSITIVE_INFINITY ? null : tickOf(resetsAt);
        expect({ count, resets }, 'count').to.deep.equal(model.count(c.id, window, c.by));
        break;
      }
      case 'indexAdd':
        await store.index.add(indexName, c.member, { order: c.order, ttlMs: ticksToMs(c.life) });
        model.indexAdd(c.member, c.order, c.life);
        break;
      case 'indexRemove':
        await store.index.remove(indexName, c.member);
        model.indexRemove(c.member);
        break;
      case 'page': {
        const seen: { member: string; order: number }[] = [];
        let after: string | undefined;
        do {
          const options = { limit: c.limit, newestFirst: c.newestFirst, ...(after ? { after } : {}) };
          const page = await store.index.page(indexName, options);
          seen.push(...page.entries);
          after = page.next;
          if (after) expect(page.entries, 'a full page').to.have.length(c.limit);
        } while (after);
        expect(seen, 'page').to.deep.equal(model.members(c.newestFirst));
        break;
      }
      case 'append': {
        const { max, life } = LOGS[c.log]!;
        const made = await store.log.append(logName(c.log), c.event, { max, maxAgeMs: ticksToMs(life)! });
        model.append(c.log, made, c.event, max, life);
        break;
      }
      case 'read': {
        const from = c.after === null ? undefined : model.eventId(c.log, c.after);
        const since = c.since === null ? null : c.since;
        const events = await store.log.read(logName(c.log), {
          limit: c.limit,
          ...(from === undefined ? {} : { after: from }),
          ...(since === null ? {} : { sinceMs: base + since * TICK_MS - TICK_MS / 4 }),
        });
        const seen = events.map(({ id: made, at, event }) => ({ id: made, at: tickOf(at), event }));
        expect(seen, 'read').to.deep.equal(model.events(c.log, from, since, c.limit));
        break;
      }
      case 'move':
        if (model.move(c.by)) later((c.by * TICK_MS) / 1000);
    }
  }
}

function modelSuite(open: () => Promise<{ stores: readonly Store[]; stop(): Promise<void> }>): void {
  let opened: Awaited<ReturnType<typeof open>>;
  before(async () => {
    opened = await open();
  });
  after(async () => {
    resetClock();
    for (const store of opened?.stores ?? []) await store.close();
    await opened?.stop();
  });

  it('R34 R52: any order of calls on two stores answers what a plain map with a clock answers', async function () {
    this.timeout(60_000);
    const commands = fc.array(fc.tuple(command, fc.nat(1)), { minLength: 20, maxLength: 60, size: 'max' });
    await fc.assert(
      fc.asyncProperty(commands, (all) => agree(opened.stores, all)),
      { numRuns: 60, interruptAfterTimeLimit: 12_000 },
    );
  });
}

describe('store model', () => {
  describe('embedded, two stores on one file', () =>
    modelSuite(async () => {
      const folder = mkdtempSync(join(tmpdir(), 'countersign-model-'));
      const file = join(folder, 'store.db');
      return {
        stores: [await openEmbedded({ file }), await openEmbedded({ file })],
        stop: async () => rmSync(folder, { recursive: true, force: true }),
      };
    }));

  describe('redis, two stores on one server', () =>
    modelSuite(async () => {
      const server = await startRedis();
      const options = { url: server.url, offsetMs: clockOffset };
      return { stores: [await openRedis(options), await openRedis(options)], stop: () => server.stop() };
    }));
});
