const UNITS = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * Reads a duration as people write it: `500ms`, `120s`, `10min`, `12h`, `30d`, or a number of seconds.
 * @returns milliseconds, or `undefined` when it is no duration
 */
export function parseDuration(written: string | number): number | undefined {
  if (typeof written === 'number') {
    const ms = Math.round(written * 1_000);
    return Number.isSafeInteger(ms) && ms >= 0 ? ms : undefined;
  }
  const match = /^(\d{1,12})(ms|s|min|h|d)?$/.exec(written);
  if (!match) return undefined;
  return Number(match[1]) * UNITS[(match[2] ?? 's') as keyof typeof UNITS];
}

/** For constants in the code: like `parseDuration`, but throws a TypeError on what is no duration. */
export function durationMs(written: string | number): number {
  const ms = parseDuration(written);
  if (ms === undefined) throw new TypeError(`not a duration: ${written}`);
  return ms;
}

/** Whole seconds, rounded down, of milliseconds: what OAuth calls `expires_in` and oidc-provider calls a TTL. */
export function inSeconds(ms: number): number {
  return Math.floor(ms / 1_000);
}
