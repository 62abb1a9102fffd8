import { expect } from 'chai';
import { createParkedLimits } from '../../src/limits/parked.ts';

describe('limits/parked', () => {
  const limits = { perInteraction: 2, perAccount: 3, perAddress: 4, perProcess: 6 };

  it('R51: bounds polls per interaction, account, address and process', () => {
    const parked = createParkedLimits(limits);
    const enter = (interaction: string, account: string, address?: string) =>
      parked.enter({ interaction, account, ...(address ? { address } : {}) });
    expect(enter('i1', 'anna', '::1')).to.be.a('function');
    expect(enter('i1', 'anna', '::1')).to.be.a('function');
    expect(enter('i1', 'anna', '::1'), 'interaction').to.equal(undefined);
    expect(enter('i2', 'anna', '::1')).to.be.a('function');
    expect(enter('i3', 'anna', '::1'), 'account').to.equal(undefined);
    expect(enter('i4', 'bob', '::1')).to.be.a('function');
    expect(enter('i5', 'eve', '::1'), 'address').to.equal(undefined);
    expect(enter('i5', 'eve')).to.be.a('function');
    expect(enter('i6', 'dan')).to.be.a('function');
    expect(enter('i7', 'fay'), 'process').to.equal(undefined);
    expect(parked.size).to.equal(6);
  });

  it('frees its place once, however often it is released, and a refused one held none', () => {
    const parked = createParkedLimits({ ...limits, perAccount: 1 });
    const release = parked.enter({ account: 'anna', interaction: 'i' })!;
    expect(parked.enter({ account: 'anna', interaction: 'i' })).to.equal(undefined);
    release();
    release();
    expect(parked.size).to.equal(0);
    expect(parked.enter({ account: 'anna', interaction: 'i' })).to.be.a('function');
    expect(parked.enter({ account: 'anna', interaction: 'i' })).to.equal(undefined);
    expect(parked.enter({ account: 'bob', interaction: 'i' })).to.be.a('function');
  });
});
