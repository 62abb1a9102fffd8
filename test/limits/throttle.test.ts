import { expect } from 'chai';
import { createThrottle, type Rule } from '../../src/limits/throttle.ts';
import type { Store } from '../../src/store/port.ts';
import { tempStore } from '../support/temp-store.ts';

const RULE: Rule = { name: 'test', max: 3, windowMs: 60_000 };

describe('limits/throttle', () => {
  let store: Store;
  let close: () => Promise<void>;
  beforeEach(async () => {
    ({ store, close } = await tempStore());
  });
  afterEach(() => close());

  it('allows exactly max of many parallel takes, and refused ones do not count', async () => {
    const throttle = createThrottle(store);
    const taken = await Promise.all(Array.from({ length: 50 }, () => throttle.take(RULE, 'anna')));
    expect(taken.filter(({ allowed }) => allowed)).to.have.length(3);
    for (const { allowed, retryAfterMs } of taken) {
      if (allowed) expect(retryAfterMs).to.equal(0);
      else expect(retryAfterMs).to.be.within(50_000, 60_000);
    }
    expect(await throttle.peek(RULE, 'anna')).to.include({ allowed: false, count: 3 });
    expect(await throttle.take(RULE, 'bob')).to.deep.equal({ allowed: true, count: 1, retryAfterMs: 0 });
  });

  it('gives one back, or clears', async () => {
    const throttle = createThrottle(store);
    for (let i = 0; i < 3; i++) await throttle.take(RULE, 'anna');
    await throttle.giveBack(RULE, 'anna');
    expect((await throttle.take(RULE, 'anna')).allowed).to.equal(true);
    expect((await throttle.take(RULE, 'anna')).allowed).to.equal(false);
    await throttle.clear(RULE, 'anna');
    expect(await throttle.peek(RULE, 'anna')).to.deep.equal({ allowed: true, count: 0, retryAfterMs: 0 });
  });

  it('takes all or nothing', async () => {
    const throttle = createThrottle(store);
    const one: Rule = { name: 'one', max: 1, windowMs: 1000_000 };
    const takes = [
      { rule: RULE, subject: 'anna' },
      { rule: one, subject: 'anna' },
    ];
    expect((await throttle.takeAll(takes)).allowed).to.equal(true);
    const second = await throttle.takeAll(takes);
    expect(second.allowed).to.equal(false);
    expect(second.retryAfterMs).to.be.within(900_000, 1000_000);
    expect((await throttle.peek(RULE, 'anna')).count).to.equal(1);
    await throttle.giveBackAll(takes);
    expect((await throttle.takeAll(takes)).allowed).to.equal(true);
  });

  it('opens again when the window has passed', async () => {
    const throttle = createThrottle(store);
    const short: Rule = { name: 'short', max: 1, windowMs: 60 };
    expect((await throttle.take(short, 'anna')).allowed).to.equal(true);
    expect((await throttle.take(short, 'anna')).allowed).to.equal(false);
    while (!(await throttle.peek(short, 'anna')).allowed) await new Promise((next) => setTimeout(next, 5));
    expect((await throttle.take(short, 'anna')).allowed).to.equal(true);
  });

  it('says that a rule without a window never opens by itself', async () => {
    const throttle = createThrottle(store);
    const closed: Rule = { name: 'closed', max: 0, windowMs: null };
    expect((await throttle.take(closed, 'anna')).retryAfterMs).to.equal(Number.POSITIVE_INFINITY);
  });
});
