import type { IndexEntry } from './port.ts';

/** Where a page of an index ended: opaque to callers, and safe to meet again after it went through a URL. */
export function encodeCursor(entry: IndexEntry): string {
  return Buffer.from(JSON.stringify([entry.order, entry.member])).toString('base64url');
}

/** @throws RangeError when the cursor was not made here. */
export function decodeCursor(cursor: string): IndexEntry {
  try {
    const [order, member] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if (typeof order === 'number' && typeof member === 'string') return { order, member };
  } catch {
    // falls through to the one error
  }
  throw new RangeError('store: not a page cursor');
}

/** An event's id: ms on the store's clock when it was appended (never less than its forerunner's) and a serial number. */
export interface EventPosition {
  readonly at: number;
  readonly serial: number;
}

const EVENT_ID = /^(\d{1,15})-(\d{1,15})$/;

/** @throws RangeError when the id was not made by a log. */
export function parseEventId(id: string): EventPosition {
  const match = EVENT_ID.exec(id);
  if (!match) throw new RangeError('store: not an event id');
  return { at: Number(match[1]), serial: Number(match[2]) };
}
