import { expect } from 'chai';
import { createPasskeyChallenges } from '../../src/passkey/passkey-challenges.ts';
import { createPasskeys } from '../../src/passkey/passkeys.ts';
import { MINUTE } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/port.ts';
import { tempStore } from '../support/temp-store.ts';

describe('passkey: challenges and counters', () => {
  let store: Store;
  let close: () => Promise<void>;
  before(async () => {
    ({ store, close } = await tempStore());
  });
  after(() => close());

  it('R17 R30: a challenge is good once, for one chain, one browser and one use, for ten minutes', async () => {
    let ahead = 0;
    const moved: Store = { ...store, now: async () => (await store.now()) + ahead };
    const challenges = createPasskeyChallenges(moved);
    const scope = { chain: 'chain', browser: 'browser', use: 'sign-in' } as const;
    const challenge = await challenges.issue(scope);
    for (const other of [{ chain: 'other' }, { browser: 'other' }, { use: 'approve-change' as const }])
      expect(await challenges.spend({ ...scope, ...other }, challenge)).to.equal(false);
    const spent = await Promise.all(Array.from({ length: 5 }, () => challenges.spend(scope, challenge)));
    expect(spent.filter(Boolean)).to.have.length(1);
    expect(await challenges.spend(scope, challenge)).to.equal(false);

    // A newer one keeps the record, and not the older one's life.
    const old = await challenges.issue(scope);
    ahead = 6 * MINUTE;
    const newer = await challenges.issue(scope);
    ahead = 11 * MINUTE;
    expect(await challenges.spend(scope, old)).to.equal(false);
    expect(await challenges.spend(scope, newer)).to.equal(true);
  });

  it('of two assertions with one number, each right when it was read, one is taken', async () => {
    const passkeys = createPasskeys(store);
    await passkeys.add('ada', {
      id: 'aWQ',
      publicKey: 'cHVibGlj',
      counter: 4,
      transports: [],
      aaguid: '00112233-4455-6677-8899-aabbccddeeff',
      attested: false,
      discoverable: true,
      backupEligible: false,
      backedUp: false,
      name: 'Laptop',
      createdAt: 0,
      lastUsedAt: null,
    });
    const found = (await passkeys.find('aWQ'))!;
    const news = { counter: 5, backedUp: false };
    expect([await passkeys.noteUse(found, news), await passkeys.noteUse(found, news)]).to.deep.equal([
      true,
      false,
    ]);
  });
});
