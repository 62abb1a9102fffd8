import { mkdtempSync, renameSync, rmSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createPlaces, NOWHERE, type Places, type PlacesOptions } from '../../src/risk/place.ts';
import { type MmdbValue, writeMmdb } from '../support/mmdb-writer.ts';

describe('risk/place: the country that comes along', () => {
  const { placeOf } = createPlaces();

  it('names the country of IPv4 and IPv6 addresses from one file', () => {
    const netherlands = { ...NOWHERE, label: 'Netherlands', country: 'NL' };
    expect(placeOf('193.0.6.139')).to.deep.equal(netherlands);
    expect(placeOf('::ffff:193.0.6.139')).to.deep.equal(netherlands);
    expect(placeOf('2001:67c:2e8:22::c100:68b')).to.deep.equal(netherlands);
    expect(placeOf('2001:4860:4860::8888').country).to.equal('US');
  });

  it('says so for this computer and for private networks', () => {
    for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1']) {
      expect(placeOf(address)).to.deep.equal({ ...NOWHERE, label: 'This computer', kind: 'loopback' });
    }
    for (const address of ['10.1.2.3', '172.20.0.1', '192.168.1.1', 'fd00::1', '169.254.1.1', 'fe80::1']) {
      expect(placeOf(address)).to.deep.equal({ ...NOWHERE, label: 'Your own network', kind: 'private' });
    }
  });

  it('a network shared with strangers is not "your own"', () => {
    expect(placeOf('100.64.0.1')).to.deep.equal({ ...NOWHERE, kind: 'private' });
  });

  it('says nothing rather than something wrong', () => {
    for (const address of ['', 'nonsense', '1', '010.0.0.1', '0.0.0.0', '240.0.0.1']) {
      expect(placeOf(address).label, address).to.equal(null);
    }
  });

  it('names a missing file at once', () => {
    for (const options of [
      { countryFile: '/no/such/file.mmdb' },
      { cityFiles: ['/no/such/file.mmdb'] },
      { anonymousLists: ['/no/such/file.mmdb'] },
    ])
      expect(() => createPlaces(options)).to.throw('/no/such/file.mmdb');
  });
});

const flat = (city: string, country: string, latitude: number, longitude: number) => ({
  city,
  country_code: country,
  latitude,
  longitude,
  state1: '',
  timezone: '',
});
const nested = (city: string, country: string, latitude: number, longitude: number, accuracy: number) => ({
  city: { geoname_id: 1, names: { de: `${city} (de)`, en: city } },
  country: { iso_code: country, names: { en: country } },
  location: { latitude, longitude, accuracy_radius: accuracy, time_zone: 'Europe/Zurich' },
});

describe('risk/place: files of an admin', () => {
  let folder: string;
  let places: Places | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-geo-'));
  });
  afterEach(() => {
    places?.close();
    rmSync(folder, { recursive: true });
  });

  const file = (name: string, content: Buffer | string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const mmdb = (name: string, records: Record<string, MmdbValue>, family: 4 | 6 = 6) =>
    file(name, writeMmdb(records, { family }));
  const open = (options: PlacesOptions) => {
    places = createPlaces({
      countryFile: mmdb('country.mmdb', { '192.0.2.0/24': { country_code: 'PT' } }),
      ...options,
    });
    return places.placeOf;
  };

  it('reads cities in MaxMind’s layout, with the accuracy the file gives', () => {
    const placeOf = open({
      cityFiles: [
        mmdb('city.mmdb', {
          '198.51.100.0/24': nested('Bern', 'CH', 46.948, 7.4474, 20),
          '2001:db8:1::/48': nested('Oslo', 'NO', 59.91, 10.75, 5),
          '203.0.113.0/24': { country: { iso_code: 'SE' } },
        }),
      ],
    });
    expect(placeOf('198.51.100.7')).to.deep.equal({
      ...NOWHERE,
      label: 'Bern, Switzerland',
      country: 'CH',
      at: { lat: 46.948, lon: 7.4474, accuracyKm: 20 },
    });
    expect(placeOf('2001:db8:1::5')).to.deep.include({ label: 'Oslo, Norway', country: 'NO' });
    expect(placeOf('203.0.113.1')).to.deep.include({ label: 'Sweden', at: null });
  });

  it('reads cities in DB-IP’s flat layout; without an accuracy it is a city’s', () => {
    const placeOf = open({
      cityFiles: [mmdb('city.mmdb', { '198.51.100.0/24': flat('Bern', 'CH', 46.948, 7.4474) })],
    });
    expect(placeOf('198.51.100.7')).to.deep.include({
      label: 'Bern, Switzerland',
      country: 'CH',
      at: { lat: 46.948, lon: 7.4474, accuracyKm: 50 },
    });
  });

  it('one file for each family: an IPv6 address is never looked up among IPv4 ones', () => {
    // ::/1 of a careless reader: the first 32 bits of 2001:db8:: read as 32.1.13.184.
    const v4 = mmdb('v4.mmdb', { '32.0.0.0/8': flat('New York', 'US', 40.7, -74) }, 4);
    const v6 = mmdb('v6.mmdb', { '2001:db8::/32': flat('Oslo', 'NO', 59.91, 10.75) });
    for (const cityFiles of [
      [v4, v6],
      [v6, v4],
    ]) {
      const placeOf = open({ cityFiles });
      expect(placeOf('32.1.13.184').label).to.equal('New York, United States');
      expect(placeOf('2001:db8::1').label).to.equal('Oslo, Norway');
      places?.close();
    }
    const only = open({ cityFiles: [v4] });
    expect(only('2001:db8::1')).to.deep.include({ label: null, at: null });
  });

  it('the country file answers where the city file does not', () => {
    const placeOf = open({
      cityFiles: [mmdb('city.mmdb', { '198.51.100.0/24': flat('Bern', 'CH', 46.9, 7.4) })],
    });
    expect(placeOf('192.0.2.139')).to.deep.include({ label: 'Portugal', country: 'PT', at: null });
  });

  it('takes nothing of another kind than expected, and shows no control characters', () => {
    const placeOf = open({
      cityFiles: [
        mmdb('city.mmdb', {
          '198.51.100.0/28': flat('Be\u202ern\n', 'ch', 46.9, 7.4),
          '198.51.100.16/28': { city: 5, country: ['CH'], location: 'here', latitude: 'x', longitude: true },
          '198.51.100.32/28': flat('Nullville', 'CH', 0, 0),
          '198.51.100.48/28': flat('Far', 'CH', 91, 0),
        }),
      ],
    });
    expect(placeOf('198.51.100.1')).to.deep.include({ label: 'Be rn', country: null });
    expect(placeOf('198.51.100.17')).to.deep.equal(NOWHERE);
    expect(placeOf('198.51.100.33').at).to.equal(null);
    expect(placeOf('198.51.100.49').at).to.equal(null);
  });

  it('names the network’s owner and number, in the layouts in use', () => {
    const placeOf = open({
      networkFiles: [
        mmdb('asn.mmdb', {
          '198.51.100.0/28': {
            autonomous_system_number: 64500,
            autonomous_system_organization: 'Example Telecom',
          },
          '198.51.100.16/28': { asn: 'AS64501', as_name: 'Example Hosting' },
          '198.51.100.32/28': { asn: 'none' },
        }),
      ],
    });
    expect(placeOf('198.51.100.1').network).to.deep.equal({ number: 64500, owner: 'Example Telecom' });
    expect(placeOf('198.51.100.17').network).to.deep.equal({ number: 64501, owner: 'Example Hosting' });
    expect(placeOf('198.51.100.33').network).to.equal(null);
  });

  it('knows hosting and anonymising networks from a file of flags and from lists', () => {
    const placeOf = open({
      anonymousFiles: [
        mmdb('anonymous.mmdb', {
          '198.51.100.0/28': { is_anonymous: true, is_anonymous_vpn: true },
          '198.51.100.16/28': { is_anonymous: true, is_hosting_provider: true },
          '198.51.100.32/28': { is_anonymous: true },
          '198.51.100.48/28': { is_anonymous: false, is_tor_exit_node: 'yes' },
        }),
      ],
      hostingLists: [file('hosting.txt', '# data centres\n203.0.113.0/25 ; one\n\n2001:db8:5::/48\n')],
      anonymousLists: [file('tor.txt', '203.0.113.64\r\n2001:db8:5::1\r\n')],
    });
    const flags = (address: string) => {
      const { hosting, anonymising } = placeOf(address);
      return [hosting, anonymising];
    };
    expect(flags('198.51.100.1')).to.deep.equal([false, true]);
    expect(flags('198.51.100.17')).to.deep.equal([true, false]);
    expect(flags('198.51.100.33')).to.deep.equal([false, true]);
    expect(flags('198.51.100.49')).to.deep.equal([false, false]);
    expect(flags('203.0.113.9')).to.deep.equal([true, false]);
    expect(flags('203.0.113.64')).to.deep.equal([true, true]);
    expect(flags('203.0.113.128')).to.deep.equal([false, false]);
    expect(flags('2001:db8:5::1')).to.deep.equal([true, true]);
    expect(flags('2001:db8:6::1')).to.deep.equal([false, false]);
  });

  it('takes a file’s successor, put in its place by a rename or written over it', async () => {
    const told: string[] = [];
    const path = mmdb('city.mmdb', { '198.51.100.0/24': flat('Bern', 'CH', 46.9, 7.4) });
    const placeOf = open({ cityFiles: [path], onReloaded: (file) => told.push(file) });
    await places!.look();
    expect(told).to.deep.equal([]);
    const next = mmdb('next.mmdb', { '198.51.100.0/24': flat('Oslo', 'NO', 59.9, 10.7) });
    renameSync(next, path);
    await places!.look();
    expect(placeOf('198.51.100.1').label).to.equal('Oslo, Norway');
    mmdb('city.mmdb', { '198.51.100.0/24': flat('Graz', 'AT', 47.1, 15.4) });
    utimesSync(path, new Date(), new Date(statSync(path).mtimeMs + 2000));
    await places!.look();
    expect(placeOf('198.51.100.1').label).to.equal('Graz, Austria');
    expect(told).to.deep.equal([path, path]);
  });

  it('a broken successor, or none, leaves the old one in place and is said once', async () => {
    const broken: string[] = [];
    const whole = writeMmdb({ '198.51.100.0/24': flat('Bern', 'CH', 46.9, 7.4) });
    const path = file('city.mmdb', whole);
    const list = file('tor.txt', '203.0.113.64\n');
    const placeOf = open({
      cityFiles: [path],
      anonymousLists: [list],
      onBroken: (_file, error) => broken.push((error as Error).message),
    });
    const still = async () => {
      await places!.look();
      await places!.look();
      expect(placeOf('198.51.100.1').label).to.equal('Bern, Switzerland');
      expect(placeOf('203.0.113.64').anonymising).to.equal(true);
    };
    file('city.mmdb', whole.subarray(0, whole.length / 2));
    file('tor.txt', '203.0.113.65\nnot an address\n');
    await still();
    expect(broken.toSorted()).to.deep.equal([
      `${path}: not a whole file in MaxMind DB format`,
      `${list}: line 2: wanted an address or a range such as 203.0.113.0/24`,
    ]);
    unlinkSync(path);
    await still();
    expect(broken).to.have.length(3);
    expect(broken[2]).to.contain(path);
    // And it is taken up again once it is right.
    mmdb('city.mmdb', { '198.51.100.0/24': flat('Oslo', 'NO', 59.9, 10.7) });
    await places!.look();
    expect(placeOf('198.51.100.1').label).to.equal('Oslo, Norway');
  });

  it('looks by itself, every so often', async () => {
    const path = mmdb('city.mmdb', { '198.51.100.0/24': flat('Bern', 'CH', 46.9, 7.4) });
    const reloaded = Promise.withResolvers<string>();
    const placeOf = open({ cityFiles: [path], reloadEveryMs: 10, onReloaded: reloaded.resolve });
    renameSync(mmdb('next.mmdb', { '198.51.100.0/24': flat('Oslo', 'NO', 59.9, 10.7) }), path);
    expect(await reloaded.promise).to.equal(path);
    expect(placeOf('198.51.100.1').label).to.equal('Oslo, Norway');
  });

  it('a record that breaks off costs no sign-in: the place is not known, and that is said once', () => {
    const whole = writeMmdb({ '198.51.100.0/24': flat('Bern', 'CH', 46.9, 7.4) });
    const at = whole.indexOf('Bern');
    const bad = Buffer.from(whole);
    bad.fill(0xff, at - 1, at + 40);
    const told: unknown[] = [];
    const placeOf = open({
      cityFiles: [file('city.mmdb', bad)],
      onBroken: (_file, error) => told.push(error),
    });
    expect(placeOf('198.51.100.1').label).to.equal(null);
    expect(placeOf('198.51.100.1').label).to.equal(null);
    expect(told).to.have.length(1);
  });

  it('refuses at the start what is no such file', () => {
    expect(() => open({ cityFiles: [file('x.mmdb', 'not a database')] })).to.throw(
      'x.mmdb: not a whole file',
    );
    expect(() => open({ hostingLists: [file('l.txt', '1.2.3\n')] })).to.throw(
      'l.txt: line 1: wanted an address',
    );
  });
});
