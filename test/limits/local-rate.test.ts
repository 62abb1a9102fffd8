import { expect } from 'chai';
import { createLocalRate } from '../../src/limits/local-rate.ts';

describe('limits/local-rate', () => {
  it('allows so many in a window, says how long to wait, and starts anew', () => {
    let now = 0;
    const rate = createLocalRate({ max: 2, windowMs: 60_000 }, () => now);
    expect([rate.take('a'), rate.take('a'), rate.take('b')]).to.deep.equal([0, 0, 0]);
    now = 20_000;
    expect(rate.take('a')).to.equal(40);
    now = 60_000;
    expect(rate.take('a')).to.equal(0);
  });

  it('R51: remembers a bounded number of neighbours; the rest share one count', () => {
    const rate = createLocalRate({ max: 1, windowMs: 60_000 }, () => 0);
    for (let n = 0; n < 50_000; n++) rate.take(`n${n}`);
    expect(rate.take('one too many')).to.equal(0);
    expect(rate.take('another')).to.equal(60);
    expect(rate.take('n0')).to.equal(60);
  });
});
