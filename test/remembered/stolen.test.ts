import type { IncomingMessage } from 'node:http';
import { expect } from 'chai';
import type { Account } from '../../src/accounts/account.ts';
import { GRACE_MS } from '../../src/remembered/remembered-browser.ts';
import { createRememberedBrowsers } from '../../src/remembered/remembered-browsers.ts';
import { DAY, keys } from '../../src/store/keys.ts';
import { update } from '../../src/store/update.ts';
import { tempStore } from '../support/temp-store.ts';

describe('remembered: a theft that is found while the store fails', () => {
  it('leaves no thief signed in: the sign-out comes first, and what comes after it once', async () => {
    const { store, close } = await tempStore();
    try {
      const done: string[] = [];
      let failures = 1;
      const remembered = createRememberedBrowsers({
        store,
        devices: { active: async () => [] },
        issuer: 'https://id.example',
        key: Buffer.alloc(32, 1),
        lifeMs: 14 * DAY,
        signOutEverywhere: async () => {
          done.push('signed out');
          if (failures-- > 0) throw new Error('the store is away');
        },
        onStolen: async (_account, ended) => {
          done.push(`told of ${ended}`);
        },
      });
      const account = { sub: 'ada', notBefore: 0, passwordChangedAt: null } as unknown as Account;
      const seen = { browser: 'Firefox', system: 'Linux', place: null };
      const [cookie] = (await remembered.begin('ada', 'browser', seen)).split(';');
      const request = { headers: { cookie } } as IncomingMessage;
      // Somebody else's newer value is in use, and the minute of the old one is over.
      await remembered.use(request, account, 'browser');
      await remembered.confirm('ada', 'browser');
      await update<{ browsers: { rotatedAt: number }[] }>(store, keys.remembered('ada'), (current) => {
        const browsers = current!.value.browsers.map((one) => ({
          ...one,
          rotatedAt: one.rotatedAt - GRACE_MS,
        }));
        return { value: { ...current!.value, browsers } };
      });
      const look = () => remembered.look(request, account, 'browser').catch((error: Error) => error.message);
      expect([await look(), await look(), await look()]).to.deep.equal(['the store is away', 'stolen', 'no']);
      expect(done).to.deep.equal(['signed out', 'signed out', 'told of 1']);
    } finally {
      await close();
    }
  });
});
