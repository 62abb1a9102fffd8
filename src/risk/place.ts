import { createRequire } from 'node:module';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { type AddressRanges, parseAddressRanges } from './address-ranges.ts';
import { type GeoFile, parseGeoFile } from './geo-file.ts';
import {
  type Coordinates,
  cityIn,
  coordinatesIn,
  countryIn,
  flagsIn,
  type Network,
  networkIn,
} from './geo-records.ts';
import { type WatchedFile, type WatchOptions, watchFile } from './watched-file.ts';

/** Where an address is, as far as the files know. */
export interface Place {
  /** In words for people, as fine as the files are: `Bern, Switzerland`; `null` when nothing is known. */
  readonly label: string | null;
  /** ISO 3166-1 alpha-2, or `null`. */
  readonly country: string | null;
  readonly kind: 'public' | 'private' | 'loopback';
  readonly at: Coordinates | null;
  readonly network: Network | null;
  /** A data centre's. */
  readonly hosting: boolean;
  /** A VPN's, a proxy's, Tor's. */
  readonly anonymising: boolean;
}

export const NOWHERE: Place = {
  label: null,
  country: null,
  kind: 'public',
  at: null,
  network: null,
  hosting: false,
  anonymising: false,
};

export interface PlacesOptions {
  /** A country file that holds IPv4 and IPv6; the CC0 one that comes with us by default. */
  readonly countryFile?: string;
  /** In MaxMind DB format; each for one family or both, asked in this order. */
  readonly cityFiles?: readonly string[];
  readonly networkFiles?: readonly string[];
  readonly anonymousFiles?: readonly string[];
  /** Text files of address ranges. */
  readonly hostingLists?: readonly string[];
  readonly anonymousLists?: readonly string[];
  /** ms between looks at whether a file has changed. */
  readonly reloadEveryMs?: number;
  readonly onReloaded?: (path: string) => void;
  /** A changed file cannot be used: the old content stays. */
  readonly onBroken?: (path: string, error: unknown) => void;
}

export interface Places {
  placeOf(address: string): Place;
  /** Looks at all files now. */
  look(): Promise<void>;
  close(): void;
}

const OWN = new Set(['private', 'uniqueLocal', 'linkLocal']);
const RELOAD_EVERY_MS = 60_000;

/**
 * A look-up by address, over files that are read again when they change. The country file (8 MB) is read at the first
 * public address, the others at once.
 *
 * @throws Error naming the file, when one cannot be used.
 */
export function createPlaces(options: PlacesOptions = {}): Places {
  const watch: WatchOptions = {
    everyMs: options.reloadEveryMs ?? RELOAD_EVERY_MS,
    ...(options.onReloaded ? { onChanged: options.onReloaded } : {}),
    ...(options.onBroken ? { onBroken: options.onBroken } : {}),
  };
  const files: WatchedFile<unknown>[] = [];
  const opened = <T>(paths: readonly string[] | undefined, parse: (content: Buffer) => T) =>
    (paths ?? []).map((path) => {
      const file = watchFile(path, parse, watch);
      files.push(file);
      return file;
    });
  const geo = (paths: readonly string[] | undefined) => opened(paths, parseGeoFile);
  const lists = (paths: readonly string[] | undefined) => opened(paths, parseAddressRanges);

  let country: WatchedFile<GeoFile>[] | undefined =
    options.countryFile === undefined ? undefined : geo([options.countryFile]);
  // Read before `country`, so that a broken one of the configuration is named at the start.
  const [cities, networks, anonymous] = [
    geo(options.cityFiles),
    geo(options.networkFiles),
    geo(options.anonymousFiles),
  ];
  const [hostingLists, anonymousLists] = [lists(options.hostingLists), lists(options.anonymousLists)];
  const names = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });

  function first<T>(
    from: readonly WatchedFile<GeoFile>[],
    address: string,
    read: (record: unknown) => T | null,
  ) {
    for (const file of from) {
      const found = read(recordOf(file, address));
      if (found !== null) return found;
    }
    return null;
  }

  const told = new WeakSet<GeoFile>();
  /** A record that cannot be decoded costs nobody their sign-in. */
  function recordOf(file: WatchedFile<GeoFile>, address: string): unknown {
    const current = file.current();
    try {
      return current.get(address);
    } catch (error) {
      if (!told.has(current)) options.onBroken?.(file.path, error);
      told.add(current);
      return null;
    }
  }

  const listed = (from: readonly WatchedFile<AddressRanges>[], address: string) =>
    from.some((file) => file.current().has(address));

  function flagsOf(address: string) {
    let [hosting, anonymising] = [listed(hostingLists, address), listed(anonymousLists, address)];
    for (const file of anonymous) {
      const flags = flagsIn(recordOf(file, address));
      hosting ||= flags.hosting;
      anonymising ||= flags.anonymising;
    }
    return { hosting, anonymising };
  }

  function publicPlace(address: string): Place {
    country ??= geo([builtInCountryFile()]);
    const city = first(cities, address, (record) =>
      countryIn(record) === null && cityIn(record) === null && coordinatesIn(record) === null ? null : record,
    );
    const code = countryIn(city) ?? first(country, address, countryIn);
    const parts = [cityIn(city), code === null ? null : (names.of(code) ?? null)].filter(
      (part) => part !== null,
    );
    return {
      label: parts.length === 0 ? null : parts.join(', '),
      country: code,
      kind: 'public',
      at: coordinatesIn(city),
      network: first(networks, address, networkIn),
      ...flagsOf(address),
    };
  }

  return {
    placeOf(address) {
      if (isIP(address) === 0) return NOWHERE;
      const parsed = ipaddr.process(address);
      const range = parsed.range();
      if (range === 'loopback') return { ...NOWHERE, label: 'This computer', kind: 'loopback' };
      if (OWN.has(range)) return { ...NOWHERE, label: 'Your own network', kind: 'private' };
      // A carrier's network is shared with strangers: private, but not "your own".
      if (range === 'carrierGradeNat') return { ...NOWHERE, kind: 'private' };
      return publicPlace(parsed.toString());
    },
    async look() {
      await Promise.all(files.map((file) => file.look()));
    },
    close() {
      for (const file of files) file.close();
    },
  };
}

function builtInCountryFile(): string {
  // The combined file: see `geo-file.ts` on families.
  return createRequire(import.meta.url).resolve(
    '@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb',
  );
}
