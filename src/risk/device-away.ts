import { surelyApartKm } from './distance.ts';
import type { Place } from './place.ts';

/** How far a device that approves is from the browser it lets in, as far as their addresses tell. */
export interface Away {
  /** Beyond what both places leave open; `null` when one is not known. */
  readonly km: number | null;
  readonly otherCountry: boolean | null;
  readonly far: boolean;
}

/**
 * A phone's network puts it some hundred km from where it is, and in another country when its owner travels: alone this
 * proves nothing, so it is written down, and only where an admin says so it takes a verified person.
 *
 * @param farKm from there on it is far; without coordinates another country is.
 */
export function deviceAway(browser: Place, device: Place, farKm: number): Away {
  const apart = surelyApartKm(browser.at, device.at);
  const km = apart === null ? null : Math.round(apart);
  const otherCountry =
    browser.country === null || device.country === null ? null : browser.country !== device.country;
  return { km, otherCountry, far: km === null ? otherCountry === true : km > farKm };
}

/** For people, of a device that is far. */
export function awaySentence({ km }: Away): string {
  return km === null
    ? 'The device was in another country than the browser.'
    : `The device was ${km} km or more from the browser.`;
}
