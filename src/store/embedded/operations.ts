import type { DatabaseSync } from 'node:sqlite';
import type { Version } from '../port.ts';
import { type Slot, slide, summary } from '../window.ts';
import { EXPIRING } from './schema.ts';

/**
 * The writes, as messages that cross to the writer thread. Each carries `now`, the main thread's clock at the call,
 * so expiry is decided by the time of the call and not by the time of the commit.
 */
export type Operation =
  | {
      readonly kind: 'put';
      readonly now: number;
      readonly key: string;
      readonly value: string;
      readonly version: Version;
      readonly if: 'absent' | 'present' | 'any' | { readonly version: Version };
      readonly life: number | null | 'keep';
    }
  | {
      readonly kind: 'delete';
      readonly now: number;
      readonly key: string;
      readonly if: Version | null;
      /** The version of the tombstone to leave, or `null` to leave none. */
      readonly tombstone: Version | null;
    }
  | {
      readonly kind: 'count';
      readonly now: number;
      readonly key: string;
      readonly windowMs: number | null;
      readonly by: number;
    }
  | {
      readonly kind: 'indexAdd';
      readonly now: number;
      readonly name: string;
      readonly member: string;
      readonly order: number;
      readonly life: number | null;
    }
  | { readonly kind: 'indexRemove'; readonly now: number; readonly name: string; readonly member: string }
  | {
      readonly kind: 'append';
      readonly now: number;
      readonly name: string;
      readonly event: string;
      readonly max: number;
      readonly life: number;
    }
  | { readonly kind: 'sweep'; readonly now: number; readonly limit: number };

type Put = Extract<Operation, { kind: 'put' }>;
type Delete = Extract<Operation, { kind: 'delete' }>;
type CountUp = Extract<Operation, { kind: 'count' }>;
type IndexAdd = Extract<Operation, { kind: 'indexAdd' }>;
type Append = Extract<Operation, { kind: 'append' }>;
type Sweep = Extract<Operation, { kind: 'sweep' }>;

/**
 * What an operation answers: whether the condition held (`put`, `delete`), the `Count`, the event's id, or how many
 * rows a sweep removed.
 */
export type Result = unknown;

interface RecordRow {
  version: string;
  expires: number | null;
  dead: number;
}

const TRIM = 64;

/** Compiles the statements once; the returned function runs inside the caller's transaction. */
export function prepareOperations(db: DatabaseSync): (operation: Operation) => Result {
  const head = db.prepare('SELECT version, expires, value IS NULL AS dead FROM record WHERE key = ?');
  const write = db.prepare(`INSERT INTO record (key, version, expires, value) VALUES (?, ?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET version = excluded.version, expires = excluded.expires, value = excluded.value`);
  const entomb = db.prepare('UPDATE record SET version = ?, value = NULL WHERE key = ?');
  const remove = db.prepare('DELETE FROM record WHERE key = ?');
  const slots = db.prepare('SELECT slots FROM counter WHERE key = ? AND (expires IS NULL OR expires > ?)');
  const writeSlots = db.prepare(`INSERT INTO counter (key, expires, slots) VALUES (?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET expires = excluded.expires, slots = excluded.slots`);
  const removeSlots = db.prepare('DELETE FROM counter WHERE key = ?');
  const addMember = db.prepare(`INSERT INTO member (name, member, position, expires) VALUES (?, ?, ?, ?)
    ON CONFLICT (name, member) DO UPDATE SET position = excluded.position, expires = excluded.expires`);
  const removeMember = db.prepare('DELETE FROM member WHERE name = ? AND member = ?');
  const lastEvent = db.prepare(
    'SELECT at, serial FROM event WHERE name = ? ORDER BY at DESC, serial DESC LIMIT 1',
  );
  const addEvent = db.prepare('INSERT INTO event (name, at, serial, expires, event) VALUES (?, ?, ?, ?, ?)');
  const trimOld = db.prepare('DELETE FROM event WHERE name = ? AND at <= ?');
  const trimMany = db.prepare(`DELETE FROM event WHERE name = ?1 AND serial <= ?2 AND (at, serial) IN
    (SELECT at, serial FROM event WHERE name = ?1 ORDER BY at, serial LIMIT ${TRIM})`);
  const sweeps = EXPIRING.map((table) => {
    const row = { record: 'key', counter: 'key', member: 'name, member', event: 'name, at, serial' }[table];
    return db.prepare(
      `DELETE FROM ${table} WHERE (${row}) IN (SELECT ${row} FROM ${table} WHERE expires <= ? LIMIT ?)`,
    );
  });

  const current = (key: string, now: number): RecordRow | undefined => {
    const row = head.get(key) as RecordRow | undefined;
    return row && (row.expires === null || row.expires > now) ? row : undefined;
  };

  function put(o: Put): boolean {
    const row = current(o.key, o.now);
    if (row?.dead) return false;
    if (o.if === 'absent' && row) return false;
    if (o.if === 'present' && !row) return false;
    if (typeof o.if === 'object' && row?.version !== o.if.version) return false;
    const expires = o.life === 'keep' ? (row?.expires ?? null) : o.life === null ? null : o.now + o.life;
    write.run(o.key, o.version, expires, o.value);
    return true;
  }

  function del(o: Delete): boolean {
    const plain = o.if === null && o.tombstone === null;
    // Asked first: one that is past its expiry and not yet swept is nothing that could be cleared.
    const counted = plain && slots.get(o.key, o.now) !== undefined;
    if (plain) removeSlots.run(o.key);
    const row = current(o.key, o.now);
    if (!row || row.dead) return counted;
    if (o.if !== null && row.version !== o.if) return false;
    if (o.tombstone === null) remove.run(o.key);
    else entomb.run(o.tombstone, o.key);
    return true;
  }

  function count(o: CountUp) {
    const row = slots.get(o.key, o.now);
    const before = row ? (JSON.parse(String(row['slots'])) as Slot[]) : [];
    const after = slide(before, o.by, o.windowMs, o.now);
    const newest = after.at(-1);
    if (newest) {
      writeSlots.run(o.key, o.windowMs === null ? null : newest[0] + o.windowMs, JSON.stringify(after));
    } else if (row) removeSlots.run(o.key);
    return summary(after, o.windowMs);
  }

  function indexAdd(o: IndexAdd): void {
    addMember.run(o.name, o.member, o.order, o.life === null ? null : o.now + o.life);
  }

  function append(o: Append): string {
    const last = lastEvent.get(o.name) as { at: number; serial: number } | undefined;
    const at = Math.max(o.now, last?.at ?? 0);
    const serial = (last?.serial ?? 0) + 1;
    addEvent.run(o.name, at, serial, at + o.life, o.event);
    trimOld.run(o.name, at - o.life);
    // The first event had serial 1: until then there is nothing too many.
    if (serial > o.max) while (trimMany.run(o.name, serial - o.max).changes === TRIM);
    return `${at}-${serial}`;
  }

  function sweep(o: Sweep): number {
    return sweeps.reduce((removed, statement) => removed + Number(statement.run(o.now, o.limit).changes), 0);
  }

  return (o) => {
    switch (o.kind) {
      case 'put':
        return put(o);
      case 'delete':
        return del(o);
      case 'count':
        return count(o);
      case 'indexAdd':
        return indexAdd(o);
      case 'indexRemove':
        return void removeMember.run(o.name, o.member);
      case 'append':
        return append(o);
      case 'sweep':
        return sweep(o);
    }
  };
}
