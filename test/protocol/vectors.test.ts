import { readFile } from 'node:fs/promises';
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { expect } from 'chai';
import { AnswerInvalid, parseAnswer, verifyAnswer } from '../../src/approval/verify-answer.ts';
import { checkDeviceKey } from '../../src/devices/key-check.ts';
import { decodeBase64url } from '../../src/protocol/base64url.ts';
import { nobleKey } from '../../src/terminal-device/noble-key.ts';
import { makeVectors } from '../support/make-vectors.ts';
import { ISSUER, sampleChallenge, sampleDevice } from '../support/sample-challenge.ts';

type Vectors = Awaited<ReturnType<typeof makeVectors>>;

describe('protocol/vectors', () => {
  let vectors: Vectors;
  before(async () => {
    vectors = JSON.parse(await readFile(new URL('../vectors/device-protocol.json', import.meta.url), 'utf8'));
  });

  it('are what the script makes', async () => {
    expect(JSON.parse(JSON.stringify(await makeVectors()))).to.deep.equal(vectors);
  });

  it('R14-R21: the server reaches the verdict of every answer', async () => {
    for (const { name, alg, verdict, jws } of vectors.answers) {
      const { secret } = vectors.keys.find((k) => k.alg === alg)!;
      const device = await sampleDevice(nobleKey(alg, secret));
      const challenge = sampleChallenge(device.id);
      let reached: string;
      try {
        const { decision, numberMatches } = verifyAnswer({
          answer: parseAnswer(jws),
          challenge,
          device,
          issuer: ISSUER,
          now: challenge.createdAt,
        });
        reached = decision === 'approve' && !numberMatches ? 'wrong number' : decision;
      } catch (error) {
        if (!(error instanceof AnswerInvalid)) throw error;
        reached = error.code;
      }
      expect(reached, `${name}, ${alg}`).to.equal(verdict);
    }
  });

  it('R20: noble agrees with node:crypto about every signature', () => {
    for (const { name, alg, verdict, jws } of vectors.answers) {
      const [header, payload, signature] = jws.split('.');
      const bytes = decodeBase64url(signature ?? '') as Uint8Array;
      const input = new TextEncoder().encode(`${header}.${payload}`);
      const { jwk } = vectors.keys.find((k) => k.alg === alg)!;
      const x = decodeBase64url(jwk.x) as Uint8Array;
      const valid =
        jwk.kty === 'EC'
          ? p256.verify(bytes, input, Uint8Array.of(4, ...x, ...(decodeBase64url(jwk.y) as Uint8Array)), {
              lowS: false,
            })
          : ed25519.verify(bytes, input, x, { zip215: false });
      expect(valid, `${name}, ${alg}`).to.equal(verdict !== 'signature');
    }
  });

  it('R19: takes the keys of the vectors, and refuses points off the curve, of small order, or not canonical', () => {
    for (const { jwk } of vectors.keys) expect(checkDeviceKey(jwk)).to.deep.equal(jwk);
    const [ec, ed] = vectors.keys.map((k) => k.jwk);
    const b64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64url');
    const bad: unknown[] = [
      { ...ec, x: (ec as { y: string }).y },
      { ...ec, x: 'A'.repeat(43), y: 'A'.repeat(43) },
      { ...ec, x: b64('f'.repeat(64)) },
      { ...ec, d: 'A'.repeat(43) },
      { ...ec, crv: 'P-384' },
      { ...ec, x: `${ec!.x}A` },
      { ...ed, x: b64('01'.padEnd(64, '0')) },
      { ...ed, x: b64('0'.repeat(64)) },
      { ...ed, x: b64('ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f') },
      { ...ed, x: b64('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a') },
      { ...ed, x: b64('eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f') },
      { kty: 'oct', k: 'AAAA' },
      { kty: 'RSA', n: 'AQAB', e: 'AQAB' },
      null,
      [],
    ];
    for (const jwk of bad) expect(() => checkDeviceKey(jwk), JSON.stringify(jwk)).to.throw();
  });
});
