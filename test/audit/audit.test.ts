import { expect } from 'chai';
import { type AuditRecord, createAudit } from '../../src/audit/audit.ts';
import type { AuditEvent } from '../../src/audit/events.ts';
import { createLogger } from '../../src/audit/logger.ts';
import type { Store } from '../../src/store/port.ts';
import { countingStore } from '../support/counting-store.ts';
import { tempStore } from '../support/temp-store.ts';

const rejected = (account?: string): AuditEvent => ({
  type: 'password.rejected',
  chain: 'c1',
  client: 'app',
  address: '192.0.2.1',
  known: false,
  ...(account === undefined ? {} : { account }),
});

describe('audit/audit', () => {
  let store: Store;
  let close: () => Promise<void>;
  let lines: Record<string, unknown>[];
  const logger = createLogger({
    level: 'info',
    stream: { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  });
  beforeEach(async () => {
    lines = [];
    ({ store, close } = await tempStore());
  });
  afterEach(() => close());

  it('writes an event as a JSON line, to its category and to its account, in order', async () => {
    let now = 0;
    const audit = createAudit({ store, logger, now: () => ++now });
    for (let i = 0; i < 150; i++)
      audit.record({ ...rejected('anna'), chain: `c${i}` } as AuditEvent, { requestId: `r${i}` });
    audit.record(rejected());
    audit.record({ type: 'client.added', client: 'app', by: 'cli' });
    await audit.flush();

    expect(lines).to.have.length(152);
    expect(lines[0]).to.include({
      level: 'info',
      audit: true,
      msg: 'password.rejected',
      type: 'password.rejected',
    });
    expect(lines[0]).to.include({ requestId: 'r0', account: 'anna', at: 1, v: 1 });
    const first = await audit.read({ category: 'attempt' }, { limit: 100 });
    const rest = await audit.read({ category: 'attempt' }, { limit: 100, after: first.after! });
    const chains = [...first.events, ...rest.events].map(({ event }) => 'chain' in event && event.chain);
    expect(chains).to.deep.equal([...Array.from({ length: 150 }, (_, i) => `c${i}`), 'c1']);
    expect((await audit.read({ attempts: 'anna' }, { limit: 1000 })).events).to.have.length(150);
    expect((await audit.read({ category: 'admin' })).events.map(({ event }) => event.type)).to.deep.equal([
      'client.added',
    ]);
    expect((await audit.read({ category: 'attempt' }, { after: rest.after! })).after).to.equal(rest.after);
    await audit.close();
  });

  it('follows all categories by time', async () => {
    const audit = createAudit({ store, logger });
    audit.record({ type: 'server.started', version: '0', engine: 'embedded' });
    await audit.flush();
    audit.record(rejected('anna'));
    await audit.flush();
    const first = await audit.readAll({ limit: 1 });
    const second = await audit.readAll({ after: first.after });
    expect([...first.events, ...second.events].map(({ event }) => event.type)).to.deep.equal([
      'server.started',
      'password.rejected',
    ]);
    expect((await audit.readAll({ after: second.after })).events).to.deep.equal([]);
    audit.record({ type: 'server.stopped', reason: 'test' });
    await audit.flush();
    expect(
      (await audit.readAll({ after: second.after })).events.map(({ event }) => event.type),
    ).to.deep.equal(['server.stopped']);
  });

  it('R42: a wrong password for a name nobody has costs the same store calls', async () => {
    const counting = countingStore(store);
    const audit = createAudit({ store: counting.store, logger });
    const spent: string[][] = [];
    for (const account of ['anna', undefined]) {
      counting.reset();
      audit.record(rejected(account));
      await audit.flush();
      spent.push(counting.calls());
    }
    expect(spent[0]).to.deep.equal(['log.append', 'log.append']);
    expect(spent[1]).to.deep.equal(spent[0]);
  });

  it('keeps a bounded number of events', async () => {
    const audit = createAudit({ store, logger, keep: { perCategory: 5, perAccount: 2, maxAgeMs: 60_000 } });
    for (let i = 0; i < 20; i++) audit.record(rejected('anna'));
    await audit.flush();
    expect((await audit.read({ category: 'attempt' })).events).to.have.length(5);
    expect((await audit.read({ attempts: 'anna' })).events).to.have.length(2);
  });

  it('never throws and never waits: a store that hangs or fails loses only its own copy, and a line says so', async () => {
    let release = () => {};
    const gate = new Promise<void>((open) => {
      release = open;
    });
    const append = async () => {
      await gate;
      throw new Error('the store is away');
    };
    const audit = createAudit({ store: { ...store, log: { ...store.log, append } }, logger });
    for (let i = 0; i < 10_100; i++) audit.record(rejected());
    expect(lines.filter(({ type }) => type === 'password.rejected')).to.have.length(10_100);
    // 64 are with the store, 10,000 wait
    expect(lines.filter(({ lost }) => lost)).to.have.length(36);
    release();
    await audit.close();
    const lost = lines.filter((line) => line['lost'] === 'password.rejected');
    expect(lost).to.have.length(10_100);
    expect(lost.at(-1)).to.include({ level: 'error', reason: 'the store is away' });
  });

  it('hands the store what came within a moment together, by itself and in order', async () => {
    const batches: AuditRecord[][] = [];
    let turn: AuditRecord[] | undefined;
    const twelve = Promise.withResolvers<void>();
    const append: Store['log']['append'] = async (_name, event) => {
      if (!turn) {
        turn = [];
        batches.push(turn);
        queueMicrotask(() => {
          turn = undefined;
        });
      }
      turn.push(event as AuditRecord);
      if (batches.flat().length === 12) twelve.resolve();
      return 'id';
    };
    const audit = createAudit({ store: { ...store, log: { ...store.log, append } }, logger });
    for (let i = 0; i < 6; i++) {
      audit.record({ ...rejected('anna'), chain: `c${i}` } as AuditEvent);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(batches).to.deep.equal([]);
    await twelve.promise;
    expect(batches).to.have.length(1);
    const chains = batches.flat().map((event) => 'chain' in event && event.chain);
    expect(chains.filter((_chain, i) => i % 2 === 0)).to.deep.equal(['c0', 'c1', 'c2', 'c3', 'c4', 'c5']);
    await audit.close();
  });

  it('flushes on close, and logs but does not store what comes later', async () => {
    const audit = createAudit({ store, logger });
    audit.record(rejected('anna'));
    const closed = audit.close();
    audit.record(rejected('anna'));
    await closed;
    expect(lines).to.have.length(2);
    expect((await audit.read({ attempts: 'anna' })).events).to.have.length(1);
  });
});
