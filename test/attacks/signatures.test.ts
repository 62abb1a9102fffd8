import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { expect } from 'chai';
import { checkDeviceKey } from '../../src/devices/key-check.ts';
import { importPublicKey, verifySignature } from '../../src/devices/public-key.ts';
import { verifyEnrolment } from '../../src/devices/verify-enrolment.ts';
import { decodeBase64url } from '../../src/protocol/base64url.ts';
import { algorithmOf, type DeviceAlgorithm } from '../../src/protocol/device-key.ts';
import { JWS_TYPES, signCompact } from '../../src/protocol/jws.ts';
import { nobleKey } from '../../src/terminal-device/noble-key.ts';
import { badKeys } from '../support/bad-keys.ts';
import { ecdsaVectors } from '../support/ecdsa-vectors.ts';
import { eddsaVectors, eddsaWithTorsion, signedByNobody } from '../support/eddsa-vectors.ts';
import type { SignatureVector } from '../support/signature-vector.ts';

const ISSUER = 'https://id.example';

const byServer = ({ jwk, input, signature }: SignatureVector) =>
  verifySignature(importPublicKey(jwk), algorithmOf(jwk), input, signature);

function byNoble({ jwk, input, signature }: SignatureVector): boolean {
  const part = (text: string) => decodeBase64url(text)!;
  try {
    return jwk.kty === 'EC'
      ? p256.verify(signature, input, Uint8Array.of(4, ...part(jwk.x), ...part(jwk.y)), { lowS: false })
      : ed25519.verify(signature, input, part(jwk.x), { zip215: false });
  } catch {
    return false; // a wrong length is thrown
  }
}

describe('attacks: signatures and keys', () => {
  for (const [alg, vectors] of [
    ['ES256', ecdsaVectors()],
    ['EdDSA', eddsaVectors()],
  ] as const satisfies readonly (readonly [DeviceAlgorithm, readonly SignatureVector[]])[]) {
    it(`R19 R20 R21: ${alg}: the server’s verifier takes the ${vectors.filter(({ valid }) => valid).length} right ones of ${vectors.length} signatures and no other, and noble agrees`, () => {
      for (const vector of vectors) {
        expect(checkDeviceKey(vector.jwk), vector.name).to.deep.equal(vector.jwk);
        expect(byServer(vector), `${vector.name}: server`).to.equal(vector.valid);
        expect(byNoble(vector), `${vector.name}: noble`).to.equal(vector.valid);
      }
    });
  }

  it('R19: a point of small order added to R is refused by the server, where RFC 8032 leaves it open', () => {
    expect(byServer(eddsaWithTorsion())).to.equal(false);
  });

  it('R19: no key enrols that is off the curve, of small order, or in another spelling than its one', async () => {
    const { sign } = nobleKey('ES256');
    for (const { name, jwk } of badKeys()) {
      const alg = (jwk as { kty: string }).kty === 'OKP' ? 'EdDSA' : 'ES256';
      const jws = await signCompact({ typ: JWS_TYPES.enrolment, jwk }, {}, { alg, jwk: jwk as never, sign });
      let code = 'taken';
      try {
        verifyEnrolment(jws, ISSUER);
      } catch (error) {
        code = (error as { code: string }).code;
      }
      expect(code, name).to.equal('invalid_key');
      expect(() => checkDeviceKey(jwk), name).to.throw();
    }
  });

  it('R19: nor does a key of small order that got into the store verify what nobody signed', () => {
    for (const vector of signedByNobody()) expect(byServer(vector), vector.name).to.equal(false);
  });
});
