import type { DatabaseSync } from 'node:sqlite';
import type { EventPosition } from '../cursor.ts';
import type { Count, Found, IndexEntry, StoredEvent } from '../port.ts';
import { type Slot, slide, summary } from '../window.ts';

/** Look-ups on the main thread: a few microseconds each, always the last commit. Times in ms. */
export interface Reader {
  get<T>(key: string, now: number): Found<T>;
  count(key: string, windowMs: number | null, now: number): Count;
  page(
    name: string,
    options: { after?: IndexEntry | undefined; limit: number; newestFirst: boolean; now: number },
  ): IndexEntry[];
  events<E>(
    name: string,
    options: { after?: EventPosition | undefined; since: number; limit: number; now: number },
  ): StoredEvent<E>[];
  close(): void;
}

export function createReader(db: DatabaseSync): Reader {
  const record = db.prepare('SELECT version, expires, value FROM record WHERE key = ?');
  const slots = db.prepare('SELECT slots FROM counter WHERE key = ? AND (expires IS NULL OR expires > ?)');
  const members = (compare: '<' | '>', direction: 'ASC' | 'DESC') =>
    db.prepare(`SELECT member, position FROM member
      WHERE name = ? AND (position, member) ${compare} (?, ?) AND (expires IS NULL OR expires > ?)
      ORDER BY position ${direction}, member ${direction} LIMIT ?`);
  const allMembers = (direction: 'ASC' | 'DESC') =>
    db.prepare(`SELECT member, position FROM member WHERE name = ? AND (expires IS NULL OR expires > ?)
      ORDER BY position ${direction}, member ${direction} LIMIT ?`);
  const forward = { first: allMembers('ASC'), next: members('>', 'ASC') };
  const backward = { first: allMembers('DESC'), next: members('<', 'DESC') };
  const events = db.prepare(`SELECT at, serial, event FROM event
    WHERE name = ? AND (at, serial) > (?, ?) AND at >= ? AND expires > ? ORDER BY at, serial LIMIT ?`);

  return {
    get<T>(key: string, now: number): Found<T> {
      const row = record.get(key) as
        | { version: string; expires: number | null; value: string | null }
        | undefined;
      if (!row || (row.expires !== null && row.expires <= now)) return undefined;
      const { version, expires: expiresAt, value } = row;
      if (value === null) return { dead: true, version, expiresAt };
      return { value: JSON.parse(value) as T, version, expiresAt };
    },
    count(key, windowMs, now) {
      const row = slots.get(key, now);
      return summary(
        slide(row ? (JSON.parse(String(row['slots'])) as Slot[]) : [], 0, windowMs, now),
        windowMs,
      );
    },
    page(name, { after, limit, newestFirst, now }) {
      const { first, next } = newestFirst ? backward : forward;
      const rows = after
        ? next.all(name, after.order, after.member, now, limit)
        : first.all(name, now, limit);
      return rows.map((row) => ({ member: String(row['member']), order: Number(row['position']) }));
    },
    events<E>(
      name: string,
      {
        after,
        since,
        limit,
        now,
      }: { after?: EventPosition | undefined; since: number; limit: number; now: number },
    ): StoredEvent<E>[] {
      const rows = events.all(name, after?.at ?? -1, after?.serial ?? -1, since, now, limit);
      return rows.map((row) => ({
        id: `${row['at']}-${row['serial']}`,
        at: Number(row['at']),
        event: JSON.parse(String(row['event'])) as E,
      }));
    },
    close: () => db.close(),
  };
}
