/**
 * One clock that tests can move: everything in the process that asks for the time asks Date.now. Timers and sockets
 * go on as they are.
 */
const real = Date.now.bind(Date);
let skewMs = 0;

Date.now = () => real() + skewMs;

/** ms the clock is ahead; what a Redis store's clock is moved by. */
export const clockOffset = () => skewMs;

export function later(seconds: number): void {
  skewMs += seconds * 1000;
}

/** Says how far it is ahead, however far it was. */
export function clockAhead(ms: number): void {
  skewMs = ms;
}

export function resetClock(): void {
  skewMs = 0;
}
