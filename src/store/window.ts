import type { Count } from './port.ts';

/**
 * The sliding window of counters, as plain data. The Redis engine says the same in Lua (`redis/scripts.ts`), and
 * the contract suite holds both to it.
 *
 * Events that fall into the same hundredth of the window share a slot, so a counter stays small however often it is
 * hit; a slot lives until its newest event leaves the window. A count is therefore never too low, and an event is
 * counted at most 1 % longer than the window.
 */

/** Time of the newest event in the slot (ms) and how many events it holds; oldest slot first. */
export type Slot = readonly [last: number, events: number];

const SLOTS = 100;

/** Drops what has left the window, then counts `by` more, or gives back from the newest when `by` is negative. */
export function slide(slots: readonly Slot[], by: number, windowMs: number | null, now: number): Slot[] {
  const kept = windowMs === null ? [...slots] : slots.filter(([last]) => last + windowMs > now);
  if (by > 0) {
    const newest = kept.at(-1);
    if (newest && sameSlot(newest[0], now, windowMs))
      kept[kept.length - 1] = [Math.max(newest[0], now), newest[1] + by];
    else kept.push([now, by]);
  }
  for (let back = -by; back > 0; ) {
    const newest = kept.pop();
    if (!newest) break;
    if (newest[1] > back) kept.push([newest[0], newest[1] - back]);
    back -= newest[1];
  }
  return kept;
}

export function summary(slots: readonly Slot[], windowMs: number | null): Count {
  const oldest = slots[0];
  return {
    count: slots.reduce((sum, [, events]) => sum + events, 0),
    resetsAt: windowMs === null || !oldest ? Number.POSITIVE_INFINITY : oldest[0] + windowMs,
  };
}

function sameSlot(last: number, now: number, windowMs: number | null): boolean {
  if (windowMs === null || last >= now) return true;
  const width = Math.max(1, Math.floor(windowMs / SLOTS));
  return Math.floor(last / width) === Math.floor(now / width);
}
