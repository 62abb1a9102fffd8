import { expect } from 'chai';
import { type OpenChallenges, openElsewhere } from '../../src/approval/open-challenges.ts';
import { type Elsewhere, farAway } from '../../src/risk/elsewhere.ts';
import { later, resetClock } from '../support/clock.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld } from '../support/walk-world.ts';

const at = (lat: number, lon: number, accuracyKm = 20) => ({ lat, lon, accuracyKm });
const BERN = at(46.95, 7.45);
const one = (more: Partial<Elsewhere>): Elsewhere => ({
  place: 'Somewhere',
  country: 'CH',
  at: null,
  secondsAgo: 4,
  ...more,
});

describe('risk/elsewhere: two browsers at once', () => {
  it('are far apart by distance where it is known, else by country, and never by what is not known', () => {
    const far = (here: Parameters<typeof farAway>[0], there: Partial<Elsewhere>) =>
      farAway(here, [one(there)]).length === 1;
    expect(
      far({ country: 'CH', at: BERN }, { country: 'FR', at: at(47.6, 7.55) }),
      'over the border',
    ).to.equal(false);
    expect(far({ country: 'US', at: at(40.7, -74) }, { country: 'US', at: at(34, -118.2) })).to.equal(true);
    expect(far({ country: 'CH', at: BERN }, { at: at(48.9, 2.35, 500) }), 'too vague').to.equal(false);
    expect(far({ country: 'CH', at: null }, { country: 'BR' })).to.equal(true);
    expect(far({ country: 'CH', at: null }, { country: 'CH' })).to.equal(false);
    for (const unknown of [
      { country: null, at: null },
      { country: 'CH', at: null },
    ])
      expect(far(unknown, { country: null })).to.equal(false);
  });

  it('are other browsers whose request is open, newest first', () => {
    const entry = (browser: string, askedAt: number | undefined, expiresAt = 200_000) => ({
      ...{ chain: browser, id: browser, browser, known: false, expiresAt, country: 'CH' },
      ...(askedAt === undefined ? {} : { askedAt }),
    });
    const record: OpenChallenges = {
      v: 1,
      open: [
        entry('a', 90_000),
        entry('me', 95_000),
        entry('b', 97_000),
        entry('over', 1, 99_000),
        entry('old', undefined),
      ],
    };
    expect(openElsewhere(record, 'me', 100_000).map(({ secondsAgo }) => secondsAgo)).to.deep.equal([3, 10]);
    expect(openElsewhere(undefined, 'me', 100_000)).to.deep.equal([]);
  });

  it('R12 R14: in two countries seconds apart, the second says so in what the device signs; in one country it does not', async () => {
    const world = await createWorld({ config: { http: { trustedProxies: ['127.0.0.1', '::1'] } } });
    const device = world.person('alice').device!;
    const ask = (address: string) =>
      world.walk(new TestBrowser({ 'x-forwarded-for': address }), world.authorize(), { until: 'push' });
    const sentences = async () => ((await device.newest()).context.unusual ?? []).join('\n');
    try {
      await ask('193.0.6.139');
      later(4);
      await ask('8.8.8.8');
      expect(await sentences()).to.match(/Another browser.* Netherlands/);
      await world.forgetOpen();
      await ask('193.0.6.139');
      later(4);
      await ask('193.0.6.140');
      expect(await sentences()).not.to.include('Netherlands');
    } finally {
      resetClock();
      await world.close();
    }
  });
});
