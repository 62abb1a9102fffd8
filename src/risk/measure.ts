import type { Purpose } from '../protocol/context.ts';
import { networkOf } from './client-address.ts';
import { surelyApartKm } from './distance.ts';
import type { Elsewhere } from './elsewhere.ts';
import type { Facts } from './facts.ts';
import type { Coordinates } from './geo-records.ts';
import { FORGOTTEN_AFTER_MS, type Here, hourOf, networkName, type Profile, type Visited } from './profile.ts';

/** What the server saw of one attempt, and what it remembers of the account. */
export interface Seen {
  readonly purpose: Purpose;
  readonly known: boolean;
  readonly remembered: boolean;
  /** Of a device code: where the code was asked for. */
  readonly here: Here;
  /** Of a device code: the browser that approves it. */
  readonly browser?: Here;
  readonly profile: Profile | undefined;
  /** Epoch ms; `null` when never. */
  readonly passwordChangedAt: number | null;
  /** When each active device was enrolled; epoch ms. */
  readonly enrolled: readonly number[];
  readonly failures: number;
  readonly passwordReported: boolean;
  readonly spray: number;
  /** Sign-ins that other browsers have open. */
  readonly elsewhere: readonly Elsewhere[];
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Nobody is two places apart within less: the same moment, seen twice. */
const LEAST_HOURS = 1 / 60;
const MOST_ELSEWHERE = 4;

/** Turns what was seen into facts; pure. */
export function measure(seen: Seen): Facts {
  const { here, profile, purpose } = seen;
  const { place } = here;
  return {
    v: 1,
    purpose,
    known: seen.known,
    remembered: seen.remembered,
    place: place.label,
    country: place.country,
    newCountry: isNew(profile?.countries, place.country, here.at),
    newNetwork: isNew(profile?.networks, networkName(here), here.at),
    network: place.network?.owner ?? null,
    hosting: place.hosting,
    anonymising: place.anonymising,
    // Of a device code nobody has travelled: what waits is another device.
    travel: purpose === 'device-code' ? null : fastestWay(profile, here),
    hour: habit(profile, here.at),
    failures: seen.failures,
    passwordReported: seen.passwordReported,
    passwordChangedHours: hoursSince(seen.passwordChangedAt, profile, here.at),
    deviceAddedHours: hoursSince(Math.max(0, ...seen.enrolled), profile, here.at),
    idleDays: profile?.last[0] ? round(Math.max(0, here.at - profile.last[0].at) / DAY) : null,
    spray: seen.spray,
    elsewhere: seen.elsewhere.slice(0, MOST_ELSEWHERE).map((one) => ({
      place: one.place,
      km: km(one.at, place.at),
      otherCountry: differ(one.country, place.country),
      secondsAgo: one.secondsAgo,
    })),
    codeKm: seen.browser ? km(seen.browser.place.at, place.at) : null,
    codeOtherCountry: seen.browser ? differ(seen.browser.place.country, place.country) : null,
  };
}

/** Whether it is none of those visited; `null` when it has no name, or there is nothing to compare with. */
function isNew(visited: readonly Visited[] | undefined, name: string | null, now: number): boolean | null {
  const lately = (visited ?? []).filter(({ at }) => now - at < FORGOTTEN_AFTER_MS);
  if (name === null || lately.length === 0) return null;
  return !lately.some((one) => one.name === name);
}

/**
 * The way from one of the last approved sign-ins that needs the highest speed. Somebody who is back among the
 * neighbours of one of them, as with a VPN that is switched on and off, has not travelled.
 */
function fastestWay(profile: Profile | undefined, { address, place, at }: Here): Facts['travel'] {
  const near = networkOf(address);
  const last = profile?.last ?? [];
  if (last.some((one) => one.near === near)) return null;
  let fastest: Facts['travel'] = null;
  for (const one of last) {
    const apart = km(one.where, place.at);
    if (apart === null) continue;
    const hours = round(Math.max(LEAST_HOURS, (at - one.at) / HOUR));
    if (fastest === null || apart / hours > fastest.km / fastest.hours)
      fastest = { km: apart, hours, from: one.place };
  }
  return fastest;
}

/** How usual this time of day is, two hours on either side, round the clock. */
function habit(profile: Profile | undefined, at: number): Facts['hour'] {
  if (!profile) return null;
  const of = profile.hours.reduce((a, b) => a + b, 0);
  if (of === 0) return null;
  const now = hourOf(at);
  const around = [-2, -1, 0, 1, 2].reduce((sum, by) => sum + (profile.hours[(now + by + 24) % 24] ?? 0), 0);
  return { share: round(around / of), of };
}

/** Of a change since the first approved sign-in: what was there before it is how the account began. */
function hoursSince(change: number | null, profile: Profile | undefined, now: number): number | null {
  if (change === null || !profile || change <= profile.since) return null;
  return round(Math.max(0, now - change) / HOUR);
}

function km(a: Coordinates | null, b: Coordinates | null): number | null {
  const apart = surelyApartKm(a, b);
  return apart === null ? null : Math.round(apart);
}

const differ = (a: string | null, b: string | null): boolean | null =>
  a === null || b === null ? null : a !== b;

const round = (value: number) => Math.round(value * 1000) / 1000;
