import { expect } from 'chai';
import { createAccounts } from '../../src/accounts/accounts.ts';
import { loadBlocklist } from '../../src/password/blocklist.ts';
import { createHashPool } from '../../src/password/hash-pool.ts';
import { setPassword } from '../../src/password/set-password.ts';
import { tempStore } from '../support/temp-store.ts';

describe('password/set-password', () => {
  it('stores the hash of a password that will do, and says why another will not', async () => {
    const { store, close } = await tempStore();
    const pool = createHashPool({ memoryKiB: 64, iterations: 1, parallelism: 1, threads: 1, queue: 4 });
    try {
      const accounts = createAccounts({ store });
      const rules = { minLength: 12, maxLength: 64, blocklist: await loadBlocklist() };
      const anna = await accounts.create({ userName: 'anna' });
      const weak = await setPassword({ accounts, pool, rules }, anna, 'anna');
      expect(weak).to.have.property('ok', false);
      expect((await accounts.get(anna.sub))?.passwordHash).to.equal(null);
      expect(await setPassword({ accounts, pool, rules }, anna, 'blue lamp over river')).to.have.property(
        'ok',
        true,
      );
      const stored = (await accounts.get(anna.sub))?.passwordHash ?? null;
      expect(await pool.verify(stored, 'blue lamp over river', { known: true })).to.equal(true);
    } finally {
      await pool.close();
      await close();
    }
  });
});
