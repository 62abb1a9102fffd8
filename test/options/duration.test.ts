import { expect } from 'chai';
import fc from 'fast-check';
import { durationMs, inSeconds, parseDuration } from '../../src/options/duration.ts';

describe('durations', () => {
  it('reads every unit, and a bare number as seconds', () => {
    const read = ['500ms', '120s', '10min', '12h', '30d', '90', 90, 0.5, 0].map(parseDuration);
    expect(read).to.deep.equal([500, 120_000, 600_000, 43_200_000, 2_592_000_000, 90_000, 90_000, 500, 0]);
  });

  it('refuses what could be read in two ways', () => {
    for (const written of [
      '',
      '10m',
      '1.5h',
      '-1s',
      ' 1s',
      '1s ',
      '1 s',
      '1S',
      '1h30min',
      '٣s',
      'Infinity',
      '1e3s',
    ]) {
      expect(parseDuration(written), JSON.stringify(written)).to.equal(undefined);
    }
    for (const number of [-1, Number.NaN, Number.POSITIVE_INFINITY, 1e300]) {
      expect(parseDuration(number), String(number)).to.equal(undefined);
    }
    expect(() => durationMs('soon')).to.throw(TypeError, 'soon');
  });

  it('gives whole seconds back for any number of seconds', () => {
    fc.assert(fc.property(fc.nat(), (seconds) => inSeconds(parseDuration(seconds) ?? -1) === seconds));
  });
});
