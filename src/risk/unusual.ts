/** What the server knows of a request that may make it unusual. */
export interface Signals {
  /** Whether this browser finished an approved sign-in of the account lately. */
  readonly knownBrowser: boolean;
}

/**
 * What is unusual about a request: a sentence each, which the device shows and signs (R14).
 *
 * @returns most telling first; empty when nothing is.
 */
export function unusualIn({ knownBrowser }: Signals): readonly string[] {
  return knownBrowser ? [] : ['You have not signed in with this browser before.'];
}
