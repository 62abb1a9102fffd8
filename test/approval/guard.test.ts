import { expect } from 'chai';
import {
  type Asker,
  askerOf,
  endsAt,
  type Guard,
  lifted,
  refusal,
  reported,
  secured,
} from '../../src/approval/guard.ts';

const HOUR = 3_600_000;
const NOW = 1_795_000_000_000;
const thief: Asker = { browser: 'thief', known: false, addresses: ['203.0.113.7'] };
const stranger: Asker = { browser: 'stranger', known: false, addresses: ['198.51.100.1'] };
const neighbour: Asker = { ...stranger, browser: 'neighbour', addresses: ['203.0.113.99'] };
const owner: Asker = { browser: 'owner', known: true, addresses: ['203.0.113.7'] };

describe('approval/guard', () => {
  const afterReport = reported(undefined, thief, { now: NOW, blockMs: HOUR, sparesBrowser: false });

  it('after a report no unknown browser asks, from wherever; a known one does, also from the very same address', () => {
    expect(refusal(afterReport, thief, NOW)).to.equal('blocked');
    expect(refusal(afterReport, stranger, NOW)).to.equal('reported');
    expect(refusal(afterReport, stranger, NOW + 365 * 24 * HOUR), 'it does not end by itself').to.equal(
      'reported',
    );
    expect(refusal(afterReport, owner, NOW)).to.equal(undefined);
    expect(endsAt(afterReport)).to.equal(null);
  });

  it('a proof opens the door for strangers, and leaves whoever was reported outside for the time of the block', () => {
    const open = lifted(afterReport, 'proof', NOW);
    expect(refusal(open, stranger, NOW)).to.equal(undefined);
    expect(refusal(open, thief, NOW)).to.equal('blocked');
    expect(refusal(open, { ...thief, browser: 'another' }, NOW), 'its address').to.equal('blocked');
    expect(refusal(open, neighbour, NOW), 'its network').to.equal('blocked');
    expect(refusal(open, thief, NOW + HOUR)).to.equal(undefined);
    expect(endsAt(open)).to.equal(NOW + HOUR);
  });

  it('a browser that was known is blocked all the same once it was reported, its neighbours that are known are not', () => {
    const guard = reported(
      undefined,
      { ...owner, browser: 'stolen' },
      { now: NOW, blockMs: HOUR, sparesBrowser: false },
    );
    expect(refusal(guard, { ...owner, browser: 'stolen' }, NOW)).to.equal('blocked');
    expect(refusal(guard, owner, NOW)).to.equal(undefined);
  });

  it('of a device code the waiting device’s address is blocked, and a known browser in which it was typed is spared', () => {
    const asker = askerOf({
      browser: 'owner',
      known: true,
      purpose: 'device-code',
      from: '198.51.100.1',
      shown: '203.0.113.7',
    });
    expect(asker.addresses).to.deep.equal(['198.51.100.1', '203.0.113.7']);
    const guard = lifted(
      reported(undefined, asker, { now: NOW, blockMs: HOUR, sparesBrowser: true }),
      'proof',
      NOW,
    );
    expect(refusal(guard, owner, NOW)).to.equal(undefined);
    expect(refusal(guard, thief, NOW)).to.equal('blocked');
  });

  it('"Secure my account" keeps every browser away until its time is over, and a proof does not open it', () => {
    const guard = secured(afterReport, NOW + HOUR);
    expect(refusal(guard, owner, NOW)).to.equal('secured');
    expect(refusal(lifted(guard, 'proof', NOW), owner, NOW)).to.equal('secured');
    expect(refusal(guard, owner, NOW + HOUR)).to.equal(undefined);
  });

  it('the device gives addresses back, since its owner may be at one of them; an admin gives everything back', () => {
    const guard = secured(afterReport, NOW + HOUR);
    const byDevice = lifted(guard, 'device', NOW);
    expect(refusal(byDevice, { ...thief, browser: 'fresh' }, NOW)).to.equal(undefined);
    expect(refusal(byDevice, thief, NOW)).to.equal('blocked');
    expect(lifted(guard, 'admin', NOW)).to.equal(undefined);
  });

  it('keeps a bounded number of blocks however many reports there are, the newest ones', () => {
    let guard: Guard | undefined;
    for (let n = 0; n < 100; n++)
      guard = reported(
        guard,
        { ...thief, browser: `b${n}`, addresses: [`203.0.${n}.1`] },
        { now: NOW, blockMs: HOUR, sparesBrowser: false },
      );
    expect(guard!.blocks).to.have.length(48);
    expect(refusal(guard, { ...thief, browser: 'b99', known: true }, NOW)).to.equal('blocked');
    const again = reported(
      guard,
      { ...thief, browser: 'b99', addresses: ['203.0.99.1'] },
      { now: NOW, blockMs: HOUR, sparesBrowser: false },
    );
    expect(again.blocks, 'once each').to.have.length(48);
  });
});
