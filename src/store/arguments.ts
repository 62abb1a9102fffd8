/** What both engines ask of their callers, so that a mistake is the same `TypeError` on each. */

const PAGE_LIMIT = 1000;

/** A life in whole ms, rounded up; `null` is for ever. A life of nothing or less is over at once. */
export function life(ttlMs: number | null): number | null {
  if (ttlMs === null) return null;
  if (!Number.isFinite(ttlMs))
    throw new TypeError(`store: a life must be a number of ms or null, not ${ttlMs}`);
  return Math.max(0, Math.ceil(ttlMs));
}

/** Values survive JSON only; what JSON cannot say is a mistake of the caller. */
export function encode(value: unknown): string {
  const text = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`store: a value must be JSON, not ${typeof value}`);
  return text;
}

/** How much a log keeps: at least one event, for at least one ms. */
export function bounds({ max, maxAgeMs }: { max: number; maxAgeMs: number }): { max: number; life: number } {
  if (!Number.isInteger(max) || max < 1)
    throw new TypeError(`store: a log keeps at least 1 event, not ${max}`);
  return { max, life: Math.max(1, life(maxAgeMs) ?? 1) };
}

export function order(value: number): number {
  if (!Number.isFinite(value)) throw new TypeError(`store: an order must be a finite number, not ${value}`);
  return value;
}

export function countBy(by: number | undefined): number {
  if (by !== undefined && !Number.isInteger(by)) throw new TypeError(`store: counts are whole, not ${by}`);
  return by ?? 1;
}

export function windowLength(windowMs: number | null): number | null {
  if (windowMs !== null && !(Number.isFinite(windowMs) && windowMs > 0)) {
    throw new TypeError(`store: a window must be longer than 0 ms or null, not ${windowMs}`);
  }
  return windowMs === null ? null : Math.ceil(windowMs);
}

/** A page's size, between 1 and 1,000. */
export function pageSize(limit: number): number {
  if (!Number.isInteger(limit) || limit < 1)
    throw new TypeError(`store: a limit must be at least 1, not ${limit}`);
  return Math.min(limit, PAGE_LIMIT);
}
