import { accessSync, constants, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { type CountryResponse, Reader } from 'maxmind';

/** Where an address is, as far as a person should be told. */
export interface Place {
  /** In words for the device's screen; `null` when nothing is known. */
  readonly label: string | null;
  /** ISO 3166-1 alpha-2, or `null`. */
  readonly country: string | null;
  readonly kind: 'public' | 'private' | 'loopback';
}

export interface PlacesOptions {
  /** A country file in MaxMind DB format that holds IPv4 and IPv6; the CC0 one that comes with us by default. */
  readonly countryFile?: string;
}

const OWN = new Set(['private', 'uniqueLocal', 'linkLocal']);

/**
 * @returns a look-up by address. The file (8 MB) is read once, at the first public address.
 * @throws Error at once when the file cannot be read, at the first look-up when it is no MaxMind DB file.
 */
export function createPlaces(options: PlacesOptions = {}): (address: string) => Place {
  // The combined file: an IPv6 address looked up in an IPv4 file gives a wrong country without an error.
  const file =
    options.countryFile ??
    createRequire(import.meta.url).resolve(
      '@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb',
    );
  accessSync(file, constants.R_OK);
  const names = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });
  let reader: Reader<CountryResponse> | undefined;

  return (address) => {
    if (isIP(address) === 0) return { label: null, country: null, kind: 'public' };
    const parsed = ipaddr.process(address);
    const range = parsed.range();
    if (range === 'loopback') return { label: 'This computer', country: null, kind: 'loopback' };
    if (OWN.has(range)) return { label: 'Your own network', country: null, kind: 'private' };
    // A carrier's network is shared with strangers: private, but not "your own".
    if (range === 'carrierGradeNat') return { label: null, country: null, kind: 'private' };
    reader ??= new Reader<CountryResponse>(readFileSync(file));
    const country = countryOf(reader.get(parsed.toString()));
    return { label: country === null ? null : (names.of(country) ?? null), country, kind: 'public' };
  };
}

/** The file that comes with us is flat (`country_code`), MaxMind's own are nested. */
function countryOf(found: CountryResponse | null): string | null {
  const flat = (found as { country_code?: unknown } | null)?.country_code;
  const code = typeof flat === 'string' ? flat : found?.country?.iso_code;
  return code !== undefined && /^[A-Z]{2}$/.test(code) ? code : null;
}
