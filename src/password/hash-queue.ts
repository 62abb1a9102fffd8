/**
 * A bounded queue of two lanes. The first lane (known browsers, and people setting a password by an invitation) goes
 * first and has a quarter of the room to itself, so a script that guesses passwords from unknown browsers fills only
 * its own three quarters and delays a known browser by the hash that is running, no more.
 */
export interface TwoLanes<T> {
  /** @returns `false` when there is no room for it. */
  push(item: T, first: boolean): boolean;
  shift(): T | undefined;
  readonly length: number;
}

export function createTwoLanes<T>(room: number): TwoLanes<T> {
  const known: T[] = [];
  const unknown: T[] = [];
  const roomForUnknown = Math.max(1, Math.floor(room * 0.75));
  const length = () => known.length + unknown.length;
  return {
    push(item, first) {
      if (length() >= room) return false;
      if (!first && unknown.length >= roomForUnknown) return false;
      (first ? known : unknown).push(item);
      return true;
    },
    shift: () => known.shift() ?? unknown.shift(),
    get length() {
      return length();
    },
  };
}
