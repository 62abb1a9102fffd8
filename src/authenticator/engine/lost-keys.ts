/**
 * A browser may clear what a site keeps: under pressure, after weeks without use, or when asked to. Then the keys are
 * gone without a word. Two traces may be left: a mark of ours, which some clearing spares, and the permission for
 * notifications, which nobody gave for nothing.
 */

const MARK = 'countersign-authenticator-keys';

/** Puts down that there are keys here, or that the last one was taken away on purpose. */
export function markKeys(here: boolean): void {
  try {
    localStorage.setItem(MARK, here ? 'here' : 'none');
  } catch {
    // A browser that keeps nothing of this kind has no mark.
  }
}

/** A link was opened: from here on it is known that there was no key before, whatever else was permitted. */
export function markFirstUse(): void {
  if (readMark() === null) markKeys(false);
}

/** For a phone without a key: whether there was one that nobody took away. */
export function keysWereLost(permission: string): boolean {
  return lostBy(readMark(), permission);
}

export function lostBy(mark: string | null, permission: string): boolean {
  return mark === 'here' || (mark === null && permission === 'granted');
}

function readMark(): string | null {
  try {
    return localStorage.getItem(MARK);
  } catch {
    return null;
  }
}
