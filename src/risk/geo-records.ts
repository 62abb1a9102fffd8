import { stripToLine } from './plain-line.ts';

/**
 * What the files say of an address, in the layouts that are in use: MaxMind's (nested, names by language) and DB-IP's
 * as they come through npm (flat). A member of another type than expected is absent: the file is somebody else's word.
 */

export interface Coordinates {
  readonly lat: number;
  readonly lon: number;
  /** Radius in km the file itself says is in doubt. */
  readonly accuracyKm: number;
}

/** Of a file that gives coordinates of cities and no radius: as far as a city's network commonly reaches. */
const CITY_ACCURACY_KM = 50;
const MAX_NAME = 60;

type Fields = Readonly<Record<string, unknown>>;

/** ISO 3166-1 alpha-2, or `null`. */
export function countryIn(record: unknown): string | null {
  const fields = fieldsOf(record);
  const code = fields['country_code'] ?? fieldsOf(fields['country'])['iso_code'] ?? fields['country'];
  return typeof code === 'string' && /^[A-Z]{2}$/.test(code) ? code : null;
}

export function cityIn(record: unknown): string | null {
  const { city } = fieldsOf(record);
  return name(typeof city === 'string' ? city : fieldsOf(fieldsOf(city)['names'])['en']);
}

export function coordinatesIn(record: unknown): Coordinates | null {
  const fields = fieldsOf(record);
  const nested = fieldsOf(fields['location']);
  const lat = number(nested['latitude'] ?? fields['latitude']);
  const lon = number(nested['longitude'] ?? fields['longitude']);
  if (lat === undefined || lon === undefined || Math.abs(lat) > 90 || Math.abs(lon) > 180) return null;
  // Files say 0, 0 of what they do not know.
  if (lat === 0 && lon === 0) return null;
  const radius = number(nested['accuracy_radius'] ?? fields['accuracy_radius']);
  return { lat, lon, accuracyKm: radius !== undefined && radius >= 0 ? radius : CITY_ACCURACY_KM };
}

export interface Network {
  /** Of its autonomous system, or `null`. */
  readonly number: number | null;
  readonly owner: string | null;
}

export function networkIn(record: unknown): Network | null {
  const fields = fieldsOf(record);
  const said = fields['autonomous_system_number'] ?? fields['asn'];
  const digits = typeof said === 'string' ? Number(/^(?:AS)?(\d{1,10})$/i.exec(said)?.[1]) : said;
  const owner = name(fields['autonomous_system_organization'] ?? fields['as_name'] ?? fields['name']);
  const asn = typeof digits === 'number' && Number.isSafeInteger(digits) && digits > 0 ? digits : null;
  return asn === null && owner === null ? null : { number: asn, owner };
}

const ANONYMOUS = [
  'is_anonymous',
  'is_anonymous_proxy',
  'is_anonymous_vpn',
  'is_public_proxy',
  'is_residential_proxy',
  'is_tor_exit_node',
];

/** Laid out as GeoIP2-Anonymous-IP, where hosting counts as anonymous, too: here they are told apart. */
export function flagsIn(record: unknown): { readonly hosting: boolean; readonly anonymising: boolean } {
  const fields = fieldsOf(record);
  const hosting = fields['is_hosting_provider'] === true;
  const hides = ANONYMOUS.filter((flag) => fields[flag] === true);
  return {
    hosting,
    anonymising: hides.some((flag) => flag !== 'is_anonymous') || (hides.length > 0 && !hosting),
  };
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function name(value: unknown): string | null {
  return typeof value === 'string' ? stripToLine(value, MAX_NAME) || null : null;
}

function number(value: unknown): number | undefined {
  const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof read === 'number' && Number.isFinite(read) ? read : undefined;
}
