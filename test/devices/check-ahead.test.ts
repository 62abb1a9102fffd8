import { expect } from 'chai';
import { checkAhead, publicKeyOf, signatureHolds } from '../../src/devices/public-key.ts';
import { nobleKey } from '../../src/terminal-device/noble-key.ts';
import { sampleDevice } from '../support/sample-challenge.ts';

describe('devices/public-key: a signature checked before the store has answered', () => {
  const input = new TextEncoder().encode('what was signed');

  for (const alg of ['ES256', 'EdDSA'] as const) {
    it(`R23: counts only for the key the device still has, ${alg}`, async () => {
      const [old, fresh] = [nobleKey(alg), nobleKey(alg)];
      const id = `acct-${alg}.AAAAAAAAAAAAAAAAAAAAAA`;
      const before = await sampleDevice(old, { id });
      const now = await sampleDevice(fresh, { id });
      const byOld = await old.sign(input);
      const byFresh = await fresh.sign(input);

      expect(checkAhead(id, input, byOld), 'a stranger here').to.equal(undefined);
      publicKeyOf(before);
      const ahead = checkAhead(id, input, byOld);
      expect(ahead).to.deep.equal({ thumbprint: before.thumbprint, valid: true });
      expect(signatureHolds(before, input, byOld, ahead)).to.equal(true);
      expect(signatureHolds(now, input, byOld, ahead), 'by a key that is gone').to.equal(false);

      const wrong = checkAhead(id, input, byFresh);
      expect(signatureHolds(before, input, byFresh, wrong)).to.equal(false);
      // That process has not heard of the new key yet: it is asked for, and the signature is looked at again.
      publicKeyOf(before);
      expect(signatureHolds(now, input, byFresh, checkAhead(id, input, byFresh))).to.equal(true);
    });
  }
});
