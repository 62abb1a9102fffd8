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

  it('R51: remembers a bounded number of neighbours; the rest share counts, and few suffer from who fills them', () => {
    const rate = createLocalRate({ max: 1, windowMs: 60_000 }, () => 0);
    for (let n = 0; n < 50_000; n++) rate.take(`n${n}`);
    expect(rate.take('n0')).to.equal(60);
    for (let n = 0; n < 100; n++) rate.take('a flood');
    const refused = Array.from({ length: 100 }, (_, n) => rate.take(`late ${n}`)).filter((wait) => wait > 0);
    expect(refused.length).to.be.below(20);
    // Not a count each: memory is bounded.
    const waits = Array.from({ length: 20_000 }, (_, n) => rate.take(`many ${n}`));
    expect(waits.filter((wait) => wait === 0).length).to.be.below(4097);
  });
});
