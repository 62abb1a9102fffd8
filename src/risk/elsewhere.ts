import { surelyApartKm } from './distance.ts';
import type { Coordinates } from './geo-records.ts';

/** Another browser that waits for an answer of the same account at the same time. */
export interface Elsewhere {
  /** In words; `null` when not known. */
  readonly place: string | null;
  /** ISO 3166-1 alpha-2, or `null`. */
  readonly country: string | null;
  readonly at: Coordinates | null;
  readonly secondsAgo: number;
}

type Here = Pick<Elsewhere, 'country' | 'at'>;

/** So far apart, beyond what both places leave open, is not next door. */
const NEAR_KM = 200;

/**
 * Which of them one person can hardly be at, too: far away, or where distances are not known in another country. Where
 * nothing is known of a place, nothing is said of it.
 */
export function farAway(here: Here, elsewhere: readonly Elsewhere[]): readonly Elsewhere[] {
  return elsewhere.filter(({ country, at }) => {
    const km = surelyApartKm(here.at, at);
    if (km !== null) return km > NEAR_KM;
    return country !== null && here.country !== null && country !== here.country;
  });
}

/** For the device's screen, which has both requests in its list. */
export function elsewhereSentence({
  place,
  country,
  secondsAgo,
}: Pick<Elsewhere, 'place' | 'country' | 'secondsAgo'>): string {
  const when = secondsAgo === 1 ? '1 second' : `${secondsAgo} seconds`;
  return `Another browser asked ${when} before this one, from ${place ?? country ?? 'far away'}: one of the two is not you.`;
}
