import ipaddr from 'ipaddr.js';
import { networkOf } from './client-address.ts';
import type { Coordinates } from './geo-records.ts';
import type { Place } from './place.ts';

/**
 * What one person's approved sign-ins have looked like, in one record of bounded size: enough to know what is unusual,
 * and no diary. Only what a device (or a passkey) approved teaches it anything: a password alone never does, or whoever
 * has it could teach it theirs.
 */
export interface Profile {
  readonly v: 1;
  /** Of the first approved sign-in; epoch ms, as all times here. */
  readonly since: number;
  /** Newest first. */
  readonly last: readonly Approved[];
  readonly countries: readonly Visited[];
  readonly networks: readonly Visited[];
  /** How many fell into each hour of the day, UTC; older ones fade. */
  readonly hours: readonly number[];
}

export interface Approved {
  readonly at: number;
  /** In words. */
  readonly place: string | null;
  readonly where: Coordinates | null;
  /** As narrow as an address's neighbours: `networkOf`. */
  readonly near: string;
}

export interface Visited {
  readonly name: string;
  /** Last time. */
  readonly at: number;
}

/** Where somebody is at this moment. */
export interface Here {
  readonly address: string;
  readonly place: Place;
  /** Epoch ms. */
  readonly at: number;
}

const LAST = 5;
const COUNTRIES = 16;
const NETWORKS = 32;
/** Past so many all hours are halved, so that a new habit takes the place of an old one. */
const FADES_AT = 400;
/** What was not seen for so long is new again. */
export const FORGOTTEN_AFTER_MS = 400 * 86_400_000;

/** The profile after one more approved sign-in. */
export function learn(profile: Profile | undefined, here: Here): Profile {
  const { at, place, address } = here;
  const where = place.at && {
    lat: Math.round(place.at.lat * 100) / 100,
    lon: Math.round(place.at.lon * 100) / 100,
    accuracyKm: place.at.accuracyKm,
  };
  const approved: Approved = { at, place: place.label, where, near: networkOf(address) };
  const network = networkName(here);
  return {
    v: 1,
    since: profile?.since ?? at,
    last: [approved, ...(profile?.last ?? [])].slice(0, LAST),
    countries: visit(profile?.countries, place.country, at, COUNTRIES),
    networks: visit(profile?.networks, network, at, NETWORKS),
    hours: faded(profile?.hours).map((count, hour) => count + (hour === hourOf(at) ? 1 : 0)),
  };
}

/**
 * What counts as one network for "signed in from there before": its number, or where no file tells it, as much of the
 * address as a provider commonly has; `null` for addresses that are nobody's in particular.
 */
export function networkName({ address, place }: Pick<Here, 'address' | 'place'>): string | null {
  if (place.kind !== 'public') return null;
  if (place.network?.number) return `AS${place.network.number}`;
  if (!ipaddr.isValid(address)) return null;
  const parsed = ipaddr.process(address);
  return parsed.kind() === 'ipv4'
    ? `${ipaddr.IPv4.networkAddressFromCIDR(`${parsed}/16`)}/16`
    : `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed}/32`)}/32`;
}

export const hourOf = (at: number): number => new Date(at).getUTCHours();

/** A record of another version was written by another release: nothing is known then (F26). */
export function readProfile(
  found: { readonly value?: unknown; readonly dead?: boolean } | undefined,
): Profile | undefined {
  const value = found?.dead ? undefined : (found?.value as Profile | undefined);
  return value?.v === 1 ? value : undefined;
}

function visit(
  before: readonly Visited[] | undefined,
  name: string | null,
  at: number,
  most: number,
): readonly Visited[] {
  const others = (before ?? []).filter((one) => one.name !== name && at - one.at < FORGOTTEN_AFTER_MS);
  return name === null ? others : [{ name, at }, ...others].slice(0, most);
}

function faded(hours: readonly number[] | undefined): readonly number[] {
  const before = hours ?? Array<number>(24).fill(0);
  const sum = before.reduce((a, b) => a + b, 0);
  return sum < FADES_AT ? before : before.map((count) => Math.floor(count / 2));
}
