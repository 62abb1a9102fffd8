import { expect } from 'chai';
import { forget, isKnown, remember } from '../../src/accounts/known-browsers.ts';
import { tempStore } from '../support/temp-store.ts';

describe('accounts/known-browsers', () => {
  it('knows a browser for one account, until forgotten or over', async () => {
    const { store, close } = await tempStore();
    try {
      expect(await isKnown(store, 'anna', 'b1')).to.equal(false);
      await remember(store, 'anna', 'b1', 60_000);
      expect(await isKnown(store, 'anna', 'b1')).to.equal(true);
      expect(await isKnown(store, 'anna', 'b2')).to.equal(false);
      expect(await isKnown(store, 'bob', 'b1')).to.equal(false);
      await forget(store, 'anna', 'b1');
      expect(await isKnown(store, 'anna', 'b1')).to.equal(false);
    } finally {
      await close();
    }
  });
});
