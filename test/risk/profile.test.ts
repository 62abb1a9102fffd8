import { expect } from 'chai';
import fc from 'fast-check';
import { measure, type Seen } from '../../src/risk/measure.ts';
import { NOWHERE, type Place } from '../../src/risk/place.ts';
import { type Here, learn, networkName, type Profile, readProfile } from '../../src/risk/profile.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const T0 = Date.UTC(2026, 10, 2, 9, 30);

const bern: Place = {
  ...NOWHERE,
  label: 'Bern, Switzerland',
  country: 'CH',
  at: { lat: 46.948, lon: 7.4474, accuracyKm: 20 },
  network: { number: 64500, owner: 'Example Telecom' },
};
const oslo: Place = {
  ...NOWHERE,
  label: 'Oslo, Norway',
  country: 'NO',
  at: { lat: 59.9139, lon: 10.7522, accuracyKm: 50 },
  network: { number: 64501, owner: 'Nordic Net' },
};
const at = (place: Place, time: number, address = place === bern ? '198.51.100.7' : '203.0.113.9'): Here => ({
  place,
  address,
  at: time,
});
const grown = (...visits: Here[]) => visits.reduce<Profile | undefined>(learn, undefined);
const seen = (here: Here, profile?: Profile, more: Partial<Seen> = {}): Seen => ({
  purpose: 'sign-in',
  known: true,
  remembered: false,
  here,
  profile,
  passwordChangedAt: null,
  enrolled: [],
  failures: 0,
  passwordReported: false,
  spray: 0,
  elsewhere: [],
  ...more,
});
const facts = (here: Here, profile?: Profile, more: Partial<Seen> = {}) => measure(seen(here, profile, more));

describe('risk/profile and risk/measure', () => {
  it('of a new account nothing is new: there is nothing to compare with', () => {
    expect(
      facts(at(oslo, T0), undefined, { passwordChangedAt: T0 - HOUR, enrolled: [T0 - HOUR] }),
    ).to.deep.include({
      newCountry: null,
      newNetwork: null,
      travel: null,
      hour: null,
      idleDays: null,
      passwordChangedHours: null,
      deviceAddedHours: null,
    });
  });

  it('a country or a network is new until an approved sign-in came from there, and again once it is forgotten', () => {
    const profile = grown(at(bern, T0));
    expect(facts(at(bern, T0 + DAY), profile)).to.include({ newCountry: false, newNetwork: false });
    expect(facts(at(oslo, T0 + DAY), profile)).to.include({ newCountry: true, newNetwork: true });
    const both = learn(profile, at(oslo, T0 + DAY));
    expect(facts(at(oslo, T0 + 2 * DAY), both)).to.include({ newCountry: false, newNetwork: false });
    const later = learn(both, at(oslo, T0 + 399 * DAY));
    expect(facts(at(bern, T0 + 401 * DAY), later)).to.include({ newCountry: true, newNetwork: true });
  });

  it('a network is its number, else as much of the address as a provider has; a private one is none', () => {
    const name = (address: string, place: Place = NOWHERE) => networkName({ address, place });
    expect(name('198.51.100.7', bern)).to.equal('AS64500');
    expect(name('198.51.100.7')).to.equal('198.51.0.0/16');
    expect(name('198.51.7.7')).to.equal('198.51.0.0/16');
    expect(name('2001:db8:1:2::5')).to.equal('2001:db8::/32');
    expect(name('192.168.1.5', { ...NOWHERE, kind: 'private' })).to.equal(null);
    expect(name('nonsense')).to.equal(null);
  });

  it('travel is the distance both places leave open over the time since, from the last sign-in that makes it fastest', () => {
    const profile = grown(at(bern, T0), at(bern, T0 + 10 * HOUR));
    const { travel } = facts(at(oslo, T0 + 12 * HOUR), profile);
    expect(travel).to.deep.include({ hours: 2, from: 'Bern, Switzerland' });
    expect(travel!.km).to.be.closeTo(1459 - 70, 10);
    // From the one before the last: that one was in Oslo, too.
    const moved = learn(grown(at(bern, T0)), at(oslo, T0 + HOUR, '203.0.114.1'));
    expect(facts(at(oslo, T0 + 2 * HOUR), moved).travel).to.deep.include({
      hours: 2,
      from: 'Bern, Switzerland',
    });
    // A clock that stepped back makes no speed without end.
    expect(facts(at(oslo, T0 - HOUR), grown(at(bern, T0))).travel!.hours).to.equal(0.017);
  });

  it('who is back among the neighbours of a last sign-in has not travelled; nor is anything known without coordinates', () => {
    const vpn = grown(at(oslo, T0), at(bern, T0 + HOUR));
    expect(facts(at(oslo, T0 + 2 * HOUR, '203.0.113.77'), vpn).travel).to.equal(null);
    expect(facts(at(oslo, T0 + 2 * HOUR, '203.0.114.77'), vpn).travel).not.to.equal(null);
    const nowhere = { ...oslo, at: null };
    expect(facts(at(nowhere, T0 + 2 * HOUR, '203.0.114.77'), vpn).travel).to.equal(null);
    expect(facts(at(oslo, T0 + 2 * HOUR, '203.0.114.77'), vpn, { purpose: 'device-code' }).travel).to.equal(
      null,
    );
  });

  it('the time of day is compared round the clock', () => {
    const midnight = Date.UTC(2026, 0, 1, 23, 30);
    const profile = grown(...Array.from({ length: 40 }, (_, day) => at(bern, midnight + day * DAY)));
    const share = (hour: number) => facts(at(bern, Date.UTC(2026, 5, 1, hour, 5)), profile).hour;
    expect(share(23)).to.deep.equal({ share: 1, of: 40 });
    expect(share(1)).to.deep.equal({ share: 1, of: 40 });
    expect(share(21)).to.deep.equal({ share: 1, of: 40 });
    expect(share(2)).to.deep.equal({ share: 0, of: 40 });
    expect(share(20)).to.deep.equal({ share: 0, of: 40 });
  });

  it('changes of password and devices count from the first sign-in on, the newest of them', () => {
    const profile = grown(at(bern, T0));
    const of = (more: Partial<Seen>) => facts(at(bern, T0 + DAY), profile, more);
    expect(of({ passwordChangedAt: T0 + 22 * HOUR }).passwordChangedHours).to.equal(2);
    expect(of({ passwordChangedAt: T0 - HOUR }).passwordChangedHours).to.equal(null);
    expect(of({ enrolled: [T0 - HOUR, T0 + 21 * HOUR, T0 + 20 * HOUR] }).deviceAddedHours).to.equal(3);
    expect(of({ enrolled: [T0 - HOUR] }).deviceAddedHours).to.equal(null);
  });

  it('an account sleeps since its last approved sign-in', () => {
    const profile = grown(at(bern, T0), at(bern, T0 + DAY));
    expect(facts(at(bern, T0 + 91 * DAY), profile).idleDays).to.equal(90);
  });

  it('of a device code, what waits is measured, and how far it is from the browser', () => {
    const profile = grown(at(bern, T0));
    const code = facts(at(oslo, T0 + DAY), profile, { purpose: 'device-code', browser: at(bern, T0 + DAY) });
    expect(code).to.include({ country: 'NO', newCountry: true, codeOtherCountry: true });
    expect(code.codeKm).to.be.closeTo(1389, 10);
  });

  it('of sign-ins open elsewhere it says how far they surely are', () => {
    const open = { place: 'Bern, Switzerland', country: 'CH', at: bern.at, secondsAgo: 9 };
    const [one] = facts(at(oslo, T0), undefined, { elsewhere: [open] }).elsewhere;
    expect(one).to.deep.include({ place: 'Bern, Switzerland', otherCountry: true, secondsAgo: 9 });
    expect(one!.km).to.be.closeTo(1389, 10);
    const unknown = { ...open, at: null, country: null };
    expect(facts(at(oslo, T0), undefined, { elsewhere: [unknown] }).elsewhere[0]).to.deep.include({
      km: null,
      otherCountry: null,
    });
    expect(facts(at(oslo, T0), undefined, { elsewhere: Array(9).fill(open) }).elsewhere).to.have.length(4);
  });

  it('stays small however much it learns, knows the newest, and keeps no exact place (property)', () => {
    const visits = fc.array(
      fc.record({
        country: fc.constantFrom('CH', 'NO', 'SE', 'AT', 'US', 'PT', 'JP', 'BR'),
        asn: fc.integer({ min: 1, max: 200 }),
        lat: fc.double({ min: -90, max: 90, noNaN: true }),
        hours: fc.integer({ min: 1, max: 2000 }),
      }),
      { maxLength: 120, minLength: 1 },
    );
    fc.assert(
      fc.property(visits, (all) => {
        let time = T0;
        let profile: Profile | undefined;
        for (const { country, asn, lat, hours } of all) {
          time += hours * HOUR;
          const place: Place = {
            ...NOWHERE,
            country,
            at: { lat, lon: 7.123456, accuracyKm: 5 },
            network: { number: asn, owner: null },
          };
          profile = learn(profile, at(place, time));
          expect(facts(at(place, time + 1), profile)).to.include({ newCountry: false, newNetwork: false });
        }
        expect(profile!.last.length).to.be.at.most(5);
        expect(profile!.countries.length).to.be.at.most(16);
        expect(profile!.networks.length).to.be.at.most(32);
        expect(profile!.hours).to.have.length(24);
        expect(JSON.stringify(profile).length).to.be.below(4000);
        expect(JSON.stringify(profile)).not.to.contain('7.123');
      }),
      { numRuns: 40 },
    );
  });

  it('of many networks it keeps the newest thirty-two', () => {
    let profile: Profile | undefined;
    for (let n = 1; n <= 40; n++)
      profile = learn(profile, at({ ...bern, network: { number: n, owner: null } }, T0 + n * HOUR));
    expect(profile!.networks.map(({ name }) => name)).to.deep.equal(
      Array.from({ length: 32 }, (_, i) => `AS${40 - i}`),
    );
  });

  it('a habit of before fades: halved hours leave room for new ones', () => {
    let profile: Profile | undefined;
    for (let day = 0; day < 500; day++) profile = learn(profile, at(bern, T0 + day * DAY));
    for (let day = 500; day < 900; day++) profile = learn(profile, at(bern, T0 + day * DAY + 10 * HOUR));
    const { hour } = facts(at(bern, T0), profile);
    expect(hour!.of).to.be.at.most(400);
    expect(hour!.share).to.be.below(0.5);
  });

  it('F26: a record of another release is no profile', () => {
    expect(readProfile({ value: { v: 2 } })).to.equal(undefined);
    expect(readProfile({ dead: true })).to.equal(undefined);
    expect(readProfile(undefined)).to.equal(undefined);
  });
});
