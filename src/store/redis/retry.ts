/** How long to wait before trying to connect again, ms, after the nth failure in a row (from 1). */
export const retryAfter = (attempt: number): number => Math.min(50 * 2 ** Math.min(attempt, 6), 1000);
