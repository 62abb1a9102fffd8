import { type Elsewhere, elsewhereSentence, farAway } from './elsewhere.ts';
import { NOWHERE, type Place } from './place.ts';

/** What the server knows of a request that may make it unusual. */
export interface Signals {
  /** Whether this browser finished an approved sign-in of the account lately. */
  readonly knownBrowser: boolean;
  readonly here?: Pick<Place, 'country' | 'at'>;
  /** Other browsers that wait for an answer of this account now. */
  readonly openElsewhere?: readonly Elsewhere[];
  /** The password was reported: whoever is let in now sets another one. */
  readonly newPassword?: boolean;
}

/**
 * What is unusual about a request: a sentence each, which the device shows and signs (R14).
 *
 * @returns most telling first; empty when nothing is.
 */
export function unusualIn({
  knownBrowser,
  here = NOWHERE,
  openElsewhere = [],
  newPassword = false,
}: Signals): readonly string[] {
  return [
    ...farAway(here, openElsewhere).slice(0, 2).map(elsewhereSentence),
    ...(newPassword ? ['Your password was reported as stolen: whoever is let in now sets a new one.'] : []),
    ...(knownBrowser ? [] : ['You have not signed in with this browser before.']),
  ];
}
