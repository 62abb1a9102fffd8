import { expect } from 'chai';
import fc from 'fast-check';
import {
  GRACE_MS,
  judge,
  MOST_REMEMBERED,
  type RememberedBrowser,
  type RememberedList,
  readList,
  rotate,
  type Standing,
  withNew,
} from '../../src/remembered/remembered-browser.ts';
import { DAY, HOUR } from '../../src/store/keys.ts';

const NOW = 1_800_000_000_000;
const made = (changes: Partial<RememberedBrowser> = {}): RememberedBrowser => ({
  id: 'id',
  series: 'series',
  generation: 3,
  rotatedAt: NOW - HOUR,
  confirmed: true,
  browser: 'browser',
  devices: ['phone', 'tablet'],
  createdAt: NOW - DAY,
  usedAt: NOW - HOUR,
  expiresAt: NOW + 13 * DAY,
  seen: { browser: 'Firefox', system: 'Linux', place: null },
  ...changes,
});
const standing = (changes: Partial<Standing> = {}): Standing => ({
  account: { notBefore: 0, passwordChangedAt: null },
  devices: ['phone', 'tablet'],
  lifeMs: 14 * DAY,
  ...changes,
});
const shown = (generation: number, browser = 'browser') => ({ generation, browser });

describe('remembered/remembered-browser', () => {
  it('takes the newest value, and for a minute the one just replaced', () => {
    expect(judge(made(), shown(3), standing(), NOW)).to.equal('newest');
    const just = made({ rotatedAt: NOW - GRACE_MS + 1, confirmed: true });
    expect(judge(just, shown(2), standing(), NOW)).to.equal('replaced');
    expect(judge(just, shown(1), standing(), NOW)).to.equal('stolen');
    expect(judge(just, shown(2, 'another'), standing(), NOW)).to.equal('void');
  });

  it('calls an old value stolen once a newer one was in use, and not while its answer may be lost', () => {
    expect(judge(made(), shown(2), standing(), NOW)).to.equal('stolen');
    expect(judge(made(), shown(0), standing(), NOW)).to.equal('stolen');
    expect(judge(made({ confirmed: false }), shown(2), standing(), NOW)).to.equal('void');
    expect(judge(made({ confirmed: false }), shown(1), standing(), NOW)).to.equal('stolen');
  });

  it('is void when it was never made, is over, or the store has lost its newest value', () => {
    expect(judge(undefined, shown(3), standing(), NOW)).to.equal('unknown');
    expect(judge(made(), shown(4), standing(), NOW)).to.equal('void');
    expect(judge(made({ expiresAt: NOW }), shown(3), standing(), NOW)).to.equal('void');
    expect(judge(made(), shown(3), standing({ lifeMs: DAY }), NOW), 'a shorter time set since').to.equal(
      'void',
    );
  });

  it('is void by comparing: a password changed, a sign-out everywhere, a device of that time gone', () => {
    const since = Math.floor(NOW / 1000) - 60;
    const account = { notBefore: 0, passwordChangedAt: null };
    for (const changes of [
      { account: { ...account, passwordChangedAt: since } },
      { account: { ...account, notBefore: since } },
      { devices: ['tablet'] },
      { devices: [] },
    ])
      expect(judge(made(), shown(3), standing(changes), NOW)).to.equal('void');
    expect(judge(made(), shown(3), standing({ devices: ['phone', 'tablet', 'new'] }), NOW)).to.equal(
      'newest',
    );
  });

  it('is one a browser, and few an account: the one not used for the longest time goes', () => {
    let list: RememberedList | undefined;
    for (let n = 0; n < MOST_REMEMBERED + 2; n++)
      list = withNew(list, made({ id: `${n}`, browser: `browser ${n}`, usedAt: NOW + n }));
    expect(list!.browsers.map(({ id }) => id)).not.to.include.members(['0']);
    expect(list!.browsers).to.have.length(MOST_REMEMBERED);
    const again = withNew(list, made({ id: 'again', browser: 'browser 5' }));
    expect(again.browsers.filter(({ browser }) => browser === 'browser 5').map(({ id }) => id)).to.deep.equal(
      ['again'],
    );
  });

  it('F26: a record of another version is void', () => {
    expect(readList({ value: { v: 2, browsers: [made()] } })).to.equal(undefined);
    expect(readList({ dead: true })).to.equal(undefined);
  });

  /** Two hold copies from the start. Each presents what it was given last; each answer arrives or is lost. */
  it('in any order of uses by two holders, lost answers and pauses: one of them is out for good after a minute', () => {
    const step = fc.record({
      who: fc.constantFrom(0 as const, 1 as const),
      lost: fc.boolean(),
      pauseMs: fc.constantFrom(0, 1000, GRACE_MS, HOUR),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        let one: RememberedBrowser | undefined = made({ generation: 0, confirmed: false, rotatedAt: NOW });
        const holds = [0, 0];
        const lastUse: number[] = [-Infinity, -Infinity];
        let now = NOW + HOUR;
        for (const { who, lost, pauseMs } of steps) {
          now += pauseMs;
          const verdict = judge(one, shown(holds[who]!), standing(), now);
          const other = 1 - who;
          if (verdict === 'newest' || verdict === 'replaced') {
            // Nobody gets in with a value that was replaced more than a minute ago.
            if (holds[who]! < one!.generation) expect(now).to.be.lessThan(one!.rotatedAt + GRACE_MS);
            if (verdict === 'newest') one = rotate(one!, now);
            if (!lost) {
              holds[who] = one!.generation;
              one = { ...one!, confirmed: true };
            }
            lastUse[who] = now;
          } else one = undefined;
          // Both in use with more than the grace between: impossible, the second one found out.
          if (one && holds[who] === one.generation && !lost && holds[other]! < one.generation)
            expect(judge(one, shown(holds[other]!), standing(), now + GRACE_MS)).to.equal('stolen');
        }
      }),
      { numRuns: 500 },
    );
  });
});
