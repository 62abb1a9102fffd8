import { expect } from 'chai';
import { type Facts, factsSchema, PLAIN_FACTS } from '../../src/risk/facts.ts';
import { SIGNALS, type Signal, signalsIn, type Thresholds } from '../../src/risk/signals.ts';

const LIMITS: Thresholds = {
  travelKmPerHour: 1000,
  nearKm: 300,
  failures: 3,
  recentChange: 3 * 86_400_000,
  dormantAfter: 90 * 86_400_000,
  sprayAccounts: 10,
};

const KNOWN: Facts = { ...PLAIN_FACTS, known: true };
const raised = (facts: Partial<Facts>) => signalsIn({ ...KNOWN, ...facts }, LIMITS);

describe('risk/signals', () => {
  it('of a known browser where nothing is unusual there is none', () => {
    expect(raised({})).to.deep.equal([]);
  });

  /** What raises each signal, what just does not, and its sentence. */
  const cases: Record<Signal, { is: Partial<Facts>; not: Partial<Facts>[]; says: string }> = {
    'impossible-travel': {
      is: { travel: { km: 2001, hours: 2, from: 'Bern, Switzerland' }, place: 'Oslo, Norway' },
      not: [{ travel: { km: 2000, hours: 2, from: null } }, { travel: { km: 300, hours: 0, from: null } }],
      says: 'You signed in in Bern, Switzerland 2 hours ago: nobody gets from there to Oslo, Norway so fast.',
    },
    'open-elsewhere': {
      is: { elsewhere: [{ place: 'Oslo, Norway', km: 1900, otherCountry: true, secondsAgo: 12 }] },
      not: [
        { elsewhere: [] },
        { elsewhere: [{ place: 'Basel', km: 20, otherCountry: true, secondsAgo: 1 }] },
        { elsewhere: [{ place: null, km: null, otherCountry: false, secondsAgo: 1 }] },
        { elsewhere: [{ place: null, km: null, otherCountry: null, secondsAgo: 1 }] },
      ],
      says: 'Another browser asked 12 seconds before this one, from Oslo, Norway: one of the two is not you.',
    },
    'code-from-elsewhere': {
      is: { purpose: 'device-code', place: 'Oslo, Norway', codeKm: 900, codeOtherCountry: true },
      not: [
        { purpose: 'device-code', codeKm: 200, codeOtherCountry: true },
        { purpose: 'device-code', codeKm: null, codeOtherCountry: null },
        { purpose: 'sign-in', codeKm: 900 },
      ],
      says: 'The device that waits is in Oslo, Norway, and you are not.',
    },
    'reported-password': {
      is: { passwordReported: true },
      not: [{ passwordReported: false }, { passwordReported: true, purpose: 'step-up' }],
      says: 'Your password was reported as stolen: whoever is let in now sets a new one.',
    },
    'anonymising-network': {
      is: { anonymising: true },
      not: [{ hosting: true }],
      says: 'It comes through a network that hides where people are.',
    },
    spray: { is: { spray: 10 }, not: [{ spray: 9 }], says: 'Many accounts are being tried from there.' },
    'new-country': {
      is: { newCountry: true, place: 'Norway' },
      not: [{ newCountry: false }, { newCountry: null }],
      says: 'You have not signed in from Norway before.',
    },
    'recent-failures': { is: { failures: 3 }, not: [{ failures: 2 }], says: '3 tries failed just before.' },
    'recent-password-change': {
      is: { passwordChangedHours: 71.9 },
      not: [{ passwordChangedHours: 72 }, { passwordChangedHours: null }],
      says: 'Your password was changed 2 days ago.',
    },
    'recent-device-change': {
      is: { deviceAddedHours: 0.5 },
      not: [{ deviceAddedHours: 72 }, { deviceAddedHours: null }],
      says: 'A device was added 30 minutes ago.',
    },
    'dormant-account': {
      is: { idleDays: 90.5 },
      not: [{ idleDays: 89.9 }, { idleDays: null }],
      says: 'You have not signed in for 90 days.',
    },
    'hosting-network': {
      is: { hosting: true },
      not: [{ anonymising: true }],
      says: 'It comes from a data centre, where people seldom are.',
    },
    'odd-hour': {
      is: { hour: { share: 0.01, of: 30 } },
      not: [{ hour: { share: 0.02, of: 30 } }, { hour: { share: 0, of: 29 } }, { hour: null }],
      says: 'You do not usually sign in at this time of day.',
    },
    'new-network': {
      is: { newNetwork: true, network: 'Example Telecom' },
      not: [{ newNetwork: false }, { newNetwork: null }],
      says: 'You have not signed in from the network of Example Telecom before.',
    },
    'unknown-browser': {
      is: { known: false },
      not: [{ known: true }, { known: false, purpose: 'device-code' }],
      says: 'You have not signed in with this browser before.',
    },
  };

  for (const signal of SIGNALS) {
    it(`R14: ${signal} is there at its threshold, not before, and says why in a sentence a device can show`, () => {
      const { is, not, says } = cases[signal];
      expect(raised(is).filter((one) => one.signal === signal)).to.deep.equal([{ signal, sentence: says }]);
      expect(says).to.match(/^[A-Z0-9].*\.$/);
      for (const facts of not)
        expect(
          raised(facts).map((one) => one.signal),
          JSON.stringify(facts),
        ).not.to.include(signal);
    });
  }

  it('without a name for the place the sentences still read', () => {
    const says = (facts: Partial<Facts>) => raised(facts).map(({ sentence }) => sentence);
    expect(says({ travel: { km: 5000, hours: 0.01, from: null } })).to.deep.equal([
      'You signed in 36 seconds ago: nobody gets from there to here so fast.',
    ]);
    expect(says({ newCountry: true, newNetwork: true })).to.deep.equal([
      'You have not signed in from this country before.',
      'You have not signed in from this network before.',
    ]);
    expect(says({ elsewhere: [{ place: null, km: null, otherCountry: true, secondsAgo: 0 }] })).to.deep.equal(
      ['Another browser asked 0 seconds before this one, from far away: one of the two is not you.'],
    );
  });

  it('of several open sign-ins the one that is far is named', () => {
    const elsewhere = [
      { place: 'Bern, Switzerland', km: 20, otherCountry: false, secondsAgo: 5 },
      { place: 'Oslo, Norway', km: 1900, otherCountry: true, secondsAgo: 40 },
    ];
    expect(raised({ elsewhere })[0]?.sentence).to.contain('Oslo');
  });

  it('facts read back as they are, and no others are taken for them', () => {
    expect(factsSchema.parse(structuredClone(PLAIN_FACTS))).to.deep.equal(PLAIN_FACTS);
    for (const wrong of [
      { v: 2 },
      { failures: -1 },
      { country: 'Norway' },
      { more: 1 },
      { hour: { share: 2, of: 1 } },
    ])
      expect(factsSchema.safeParse({ ...PLAIN_FACTS, ...wrong }).success, JSON.stringify(wrong)).to.equal(
        false,
      );
  });
});
