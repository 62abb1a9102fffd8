import { expect } from 'chai';
import { type Accounts, createAccounts } from '../../src/accounts/accounts.ts';
import { remember } from '../../src/accounts/known-browsers.ts';
import { createThrottle, type Rule } from '../../src/limits/throttle.ts';
import { createPasswordCheck, type PasswordRules } from '../../src/password/check-password.ts';
import { createHashPool, type HashPool, HashQueueFull } from '../../src/password/hash-pool.ts';
import { StoreUnavailable } from '../../src/store/errors.ts';
import type { Store } from '../../src/store/port.ts';
import { type CountingStore, countingStore } from '../support/counting-store.ts';
import { tempStore } from '../support/temp-store.ts';

const CHEAP = { memoryKiB: 64, iterations: 1, parallelism: 1, threads: 1, queue: 100 };
const PASSWORD = 'blue lamp over river';
const rule = (name: string, max: number): Rule[] => [{ name, max, windowMs: 600_000 }];
const RULES: PasswordRules = { account: rule('acc', 3), known: rule('known', 3), address: rule('addr', 20) };

describe('password/check-password', () => {
  let inner: Store;
  let close: () => Promise<void>;
  let counting: CountingStore;
  let accounts: Accounts;
  let pool: HashPool;
  let sub: string;

  beforeEach(async () => {
    ({ store: inner, close } = await tempStore());
    counting = countingStore(inner);
    accounts = createAccounts({ store: counting.store });
    pool = createHashPool(CHEAP);
    const hash = await pool.hash(PASSWORD);
    ({ sub } = await accounts.create({ userName: 'Anna', emails: [{ address: 'anna@example.org' }] }, hash));
    const off = await accounts.create({ userName: 'off' }, hash);
    await accounts.setDisabled(off.sub, true);
    await accounts.create({ userName: 'invited' });
  });
  afterEach(async () => {
    await pool.close();
    await close();
  });

  function checker(rules: PasswordRules = RULES, hashes: HashPool = pool, maxLength = 64) {
    const { store } = counting;
    const checked = createPasswordCheck({
      store,
      accounts,
      pool: hashes,
      throttle: createThrottle(store),
      rules,
      maxLength,
    });
    const check = (name: string, password: string, from: { address?: string; browserHash?: string } = {}) =>
      checked.check({ name, password, address: '192.0.2.1', browserHash: 'browser-1', ...from });
    return { check, idle: checked.idle };
  }

  it('lets the right password in, by user name or e-mail in any spelling and composition', async () => {
    const { check } = checker();
    for (const name of ['anna', ' ANNA', 'anna@EXAMPLE.org']) {
      expect(await check(name, PASSWORD)).to.deep.include({ ok: true, known: false });
    }
    await accounts.setPassword(sub, await pool.hash('z\u00f3\u0142ta \u0142\u00f3dka'));
    expect(await check('anna', 'zo\u0301\u0142ta \u0142o\u0301dka')).to.include({ ok: true });
  });

  it('R42: no such person, wrong, disabled and no password: same answer, same store calls, one hash', async () => {
    const { check } = checker();
    const attempts: [string, string][] = [
      ['anna', 'wrong'],
      ['anna@example.org', 'wrong'],
      ['nobody', 'wrong'],
      ['nobody@nowhere.example', PASSWORD],
      ['off', 'wrong'],
      ['off', PASSWORD],
      ['invited', ''],
      ['a\u0000b', PASSWORD],
      ['x'.repeat(5000), PASSWORD],
      ['anna', PASSWORD.padEnd(1000, 'x')],
    ];
    for (const [i, [name, password]] of attempts.entries()) {
      counting.reset();
      const before = pool.computed;
      const result = await check(name, password, { browserHash: `b${i}` });
      expect(result, name.slice(0, 30)).to.include({ ok: false, reason: 'wrong' });
      expect(counting.calls(), name.slice(0, 30)).to.deep.equal(['count', 'count', 'get', 'get', 'get']);
      expect(pool.computed - before, name.slice(0, 30)).to.equal(1);
    }
  });

  it('R42: while throttled a known name and an unknown one cost the same, and nothing is hashed', async () => {
    const { check } = checker();
    const spent: unknown[] = [];
    for (const name of ['anna', 'nobody', 'off']) {
      for (let i = 0; i < 3; i++) await check(name, 'wrong');
      counting.reset();
      const before = pool.computed;
      const result = await check(name, PASSWORD);
      expect(result).to.include({ ok: false, reason: 'wait' });
      expect((result as { retryAfterS: number }).retryAfterS).to.be.within(1, 600);
      expect(pool.computed).to.equal(before);
      spent.push(counting.calls());
    }
    expect(spent[1]).to.deep.equal(spent[0]);
    expect(spent[2]).to.deep.equal(spent[0]);
  });

  it('R9: alias, e-mail, capitals, another browser and another address hit the same counter', async () => {
    const { check } = checker();
    const names = ['anna', 'ANNA@example.org', '\uff21nna'];
    for (const [i, name] of names.entries()) {
      const from = { address: `192.0.2.${i}`, browserHash: `b${i}` };
      expect(await check(name, 'wrong', from)).to.include({ reason: 'wrong' });
    }
    expect(await check('Anna', PASSWORD, { address: '198.51.100.1', browserHash: 'b9' })).to.include({
      reason: 'wait',
    });
  });

  it('gives a known browser an allowance of its own, which a script elsewhere cannot use up', async () => {
    const { check } = checker({ ...RULES, address: rule('addr', 3) });
    await remember(inner, sub, 'home', 600_000);
    for (let i = 0; i < 5; i++) await check('anna', 'wrong');
    expect(await check('anna', PASSWORD)).to.include({ reason: 'wait' });
    for (let i = 0; i < 3; i++) {
      expect(await check('anna', 'wrong', { browserHash: 'home' })).to.include({
        reason: 'wrong',
        known: true,
      });
    }
    expect(await check('anna', PASSWORD, { browserHash: 'home' })).to.include({ reason: 'wait' });
  });

  it('slows and never locks: the wait ends, and a right password takes the failures away', async () => {
    const short: Rule[] = [{ name: 'acc', max: 2, windowMs: 300 }];
    const { check } = checker({ ...RULES, account: short });
    for (let i = 0; i < 2; i++) await check('anna', 'wrong');
    expect(await check('anna', PASSWORD)).to.include({ reason: 'wait' });
    let result = await check('anna', PASSWORD);
    while (!result.ok) {
      await new Promise((next) => setTimeout(next, 20));
      result = await check('anna', PASSWORD);
    }
    const { check: strict } = checker();
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 2; i++) expect(await strict('anna', 'wrong')).to.include({ reason: 'wrong' });
      expect(await strict('anna', PASSWORD)).to.include({ ok: true });
    }
  });

  it('bounds one address over all names, and an account of its own does not wash it clean', async () => {
    const { check } = checker({ ...RULES, address: rule('addr', 4) });
    for (let i = 0; i < 3; i++) {
      await check(`name-${i}`, 'wrong');
      expect(await check('anna', PASSWORD)).to.include({ ok: true });
    }
    await check('name-3', 'wrong');
    expect(await check('anna', PASSWORD)).to.include({ reason: 'wait' });
    expect(await check('anna', PASSWORD, { address: '198.51.100.7' })).to.include({ ok: true });
  });

  it('lets no more than the allowance of parallel guesses reach the hash', async () => {
    const { check } = checker();
    const before = pool.computed;
    await Promise.all(Array.from({ length: 15 }, () => check('anna', 'wrong')));
    expect(pool.computed - before).to.equal(3);
  });

  it('refuses a password over the maximum even where its beginning is right, and hashes no more than that', async () => {
    const long = 'blue lamp over river and far away from here';
    await accounts.setPassword(sub, await pool.hash(long.slice(0, 20)));
    const { check } = checker(RULES, pool, 20);
    expect(await check('anna', long)).to.include({ reason: 'wrong' });
    expect(await check('anna', long.slice(0, 20))).to.include({ ok: true });
  });

  it('rehashes after a success when the parameters changed, without a change of the password', async () => {
    const stronger = createHashPool({ ...CHEAP, iterations: 2 });
    try {
      const before = await accounts.get(sub);
      const { check, idle } = checker(RULES, stronger);
      await check('anna', 'wrong');
      await idle();
      expect((await accounts.get(sub))?.passwordHash).to.equal(before?.passwordHash);
      expect(await check('anna', PASSWORD)).to.include({ ok: true });
      await idle();
      const after = await accounts.get(sub);
      expect(after?.passwordHash).to.contain('t=2').and.not.equal(before?.passwordHash);
      expect(after?.passwordChangedAt).to.equal(before?.passwordChangedAt);
      expect(await check('anna', PASSWORD)).to.include({ ok: true });
    } finally {
      await stronger.close();
    }
  });

  it('counts nothing when the hash queue is full', async () => {
    const full: HashPool = { ...pool, verify: () => Promise.reject(new HashQueueFull(7)) };
    const { check } = checker(RULES, full);
    for (let i = 0; i < 5; i++) {
      const error = await check('anna', 'wrong').catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(HashQueueFull).and.include({ retryAfterS: 7 });
    }
    expect(await checker().check('anna', PASSWORD)).to.include({ ok: true });
  });

  it('R50: fails closed when the store is away', async () => {
    const { check } = checker();
    await inner.close();
    const error = await check('anna', PASSWORD).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(StoreUnavailable);
  });
});
