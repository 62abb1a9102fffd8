import { elsewhereSentence } from './elsewhere.ts';
import type { Facts } from './facts.ts';

/**
 * What may be unusual about an attempt, most telling first. Each is a function of the facts alone, and says in a
 * sentence to the account's owner why it is there; the device shows and signs those sentences (R14).
 */
export const SIGNALS = [
  'impossible-travel',
  'open-elsewhere',
  'code-from-elsewhere',
  'reported-password',
  'anonymising-network',
  'spray',
  'new-country',
  'recent-failures',
  'recent-password-change',
  'recent-device-change',
  'dormant-account',
  'hosting-network',
  'odd-hour',
  'new-network',
  'unknown-browser',
] as const;

export type Signal = (typeof SIGNALS)[number];

/** From where on something is unusual. */
export interface Thresholds {
  /** Faster than this nobody travels. */
  readonly travelKmPerHour: number;
  /** Nearer than this is one place: data about addresses is no better. */
  readonly nearKm: number;
  readonly failures: number;
  /** ms in which a change of password or device counts as recent. */
  readonly recentChange: number;
  /** ms without an approved sign-in after which an account sleeps. */
  readonly dormantAfter: number;
  /** Accounts tried from one network. */
  readonly sprayAccounts: number;
}

/** A signal that is there, and why. */
export interface Raised {
  readonly signal: Signal;
  readonly sentence: string;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Fewer approved sign-ins are no habit. */
const HABIT_AT = 30;
const ODD_SHARE = 0.02;

type Reads = (facts: Facts, limits: Thresholds) => string | undefined;

const READS: Readonly<Record<Signal, Reads>> = {
  'impossible-travel': ({ travel, place }, { travelKmPerHour, nearKm }) => {
    if (!travel || travel.km <= nearKm || travel.km <= travel.hours * travelKmPerHour) return undefined;
    const from = travel.from === null ? '' : ` in ${travel.from}`;
    return `You signed in${from} ${ago(travel.hours * HOUR)}: nobody gets from there to ${place ?? 'here'} so fast.`;
  },
  'open-elsewhere': ({ elsewhere }, { nearKm }) => {
    // Two browsers of one person at once are no more than that, unless they are apart.
    const one = elsewhere.find(({ km, otherCountry }) => (km === null ? otherCountry : km > nearKm));
    if (!one) return undefined;
    return elsewhereSentence({ ...one, country: null });
  },
  'code-from-elsewhere': ({ purpose, codeKm, codeOtherCountry, place }, { nearKm }) => {
    if (purpose !== 'device-code') return undefined;
    if (!(codeKm === null ? codeOtherCountry : codeKm > nearKm)) return undefined;
    return `The device that waits is in ${place ?? 'another place'}, and you are not.`;
  },
  'reported-password': ({ passwordReported, purpose }) =>
    passwordReported && purpose !== 'step-up'
      ? 'Your password was reported as stolen: whoever is let in now sets a new one.'
      : undefined,
  'anonymising-network': ({ anonymising }) =>
    anonymising ? 'It comes through a network that hides where people are.' : undefined,
  spray: ({ spray }, { sprayAccounts }) =>
    spray >= sprayAccounts ? 'Many accounts are being tried from there.' : undefined,
  'new-country': ({ newCountry, place }) =>
    newCountry ? `You have not signed in from ${place ?? 'this country'} before.` : undefined,
  'recent-failures': ({ failures }, limits) =>
    failures >= limits.failures ? `${failures} tries failed just before.` : undefined,
  'recent-password-change': ({ passwordChangedHours }, limits) =>
    within(passwordChangedHours, limits)
      ? `Your password was changed ${ago(passwordChangedHours! * HOUR)}.`
      : undefined,
  'recent-device-change': ({ deviceAddedHours }, limits) =>
    within(deviceAddedHours, limits) ? `A device was added ${ago(deviceAddedHours! * HOUR)}.` : undefined,
  'dormant-account': ({ idleDays }, { dormantAfter }) =>
    idleDays !== null && idleDays * DAY >= dormantAfter
      ? `You have not signed in for ${Math.floor(idleDays)} days.`
      : undefined,
  'hosting-network': ({ hosting }) =>
    hosting ? 'It comes from a data centre, where people seldom are.' : undefined,
  'odd-hour': ({ hour }) =>
    hour && hour.of >= HABIT_AT && hour.share < ODD_SHARE
      ? 'You do not usually sign in at this time of day.'
      : undefined,
  'new-network': ({ newNetwork, network }) =>
    newNetwork
      ? `You have not signed in from ${network === null ? 'this network' : `the network of ${network}`} before.`
      : undefined,
  // Of a device code the device that waits is asked about, of which there is nothing to compare.
  'unknown-browser': ({ known, purpose }) =>
    known || purpose === 'device-code' ? undefined : 'You have not signed in with this browser before.',
};

/** The signals that are there, most telling first. */
export function signalsIn(facts: Facts, limits: Thresholds): readonly Raised[] {
  return SIGNALS.flatMap((signal) => {
    const sentence = READS[signal](facts, limits);
    return sentence === undefined ? [] : [{ signal, sentence }];
  });
}

function within(hours: number | null, { recentChange }: Thresholds): boolean {
  return hours !== null && hours * HOUR < recentChange;
}

/** `3 hours ago`; `ms` is not negative. */
function ago(ms: number): string {
  const units = [
    [DAY, 'day'],
    [HOUR, 'hour'],
    [60_000, 'minute'],
    [1000, 'second'],
  ] as const;
  for (const [length, name] of units) {
    const n = Math.floor(ms / length);
    if (n >= 1) return `${n} ${name}${n === 1 ? '' : 's'} ago`;
  }
  return 'just now';
}
