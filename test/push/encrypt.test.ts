import { createECDH, createPrivateKey, createPublicKey, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import webPush from 'web-push';
import { encryptPush } from '../../src/push/encrypt.ts';
import { decryptPush, type ReceiverKeys } from '../support/push-decryption.ts';

const b64 = (text: string) => Buffer.from(text, 'base64url');

function receiver(): { readonly keys: { p256dh: string; auth: string }; readonly own: ReceiverKeys } {
  const pair = createECDH('prime256v1');
  const publicKey = pair.generateKeys();
  const privateKey = Buffer.from(pair.getPrivateKey('hex').padStart(64, '0'), 'hex');
  const auth = randomBytes(16);
  return {
    keys: { p256dh: publicKey.toString('base64url'), auth: auth.toString('base64url') },
    own: { privateKey, publicKey, auth },
  };
}

describe('push/encrypt', () => {
  it('R45: makes the message of RFC 8291 Appendix A, byte for byte', () => {
    const point = b64(
      'BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8',
    );
    const [x, y] = [point.toString('base64url', 1, 33), point.toString('base64url', 33)];
    const jwk = { kty: 'EC', crv: 'P-256', x, y, d: 'yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw' };
    const sender = {
      privateKey: createPrivateKey({ key: jwk, format: 'jwk' }),
      publicKey: createPublicKey({ key: jwk, format: 'jwk' }),
    };
    const keys = {
      p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
      auth: 'BTBZMqHH6r4Tts7J_aSIgg',
    };
    const plaintext = Buffer.from('When I grow up, I want to be a watermelon');
    const made = encryptPush(keys, plaintext, { salt: b64('DGv6ra1nlYgDCS1FRnbzlw'), sender });
    expect(made.toString('base64url')).to.equal(
      'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
    );
  });

  it('R45: a receiver reads it, and what web-push makes of the same text has the same form', () => {
    for (const length of [1, 15, 16, 17, 896, 3993]) {
      const { keys, own } = receiver();
      const plaintext = randomBytes(length);
      const ours = encryptPush(keys, plaintext);
      expect(decryptPush(ours, own).equals(plaintext), `${length} bytes`).to.equal(true);
      const theirs = webPush.encrypt(keys.p256dh, keys.auth, plaintext, 'aes128gcm').cipherText;
      expect(ours.length).to.equal(theirs.length);
      expect(ours.subarray(16, 21)).to.deep.equal(theirs.subarray(16, 21));
    }
  });

  it('R45: a key pair and a salt of its own for every message', () => {
    const { keys } = receiver();
    const made = Array.from({ length: 50 }, () => encryptPush(keys, Buffer.from('the same')));
    const distinct = (from: number, to: number) =>
      new Set(made.map((message) => message.subarray(from, to).toString('hex'))).size;
    expect(distinct(0, 16)).to.equal(50);
    expect(distinct(21, 86)).to.equal(50);
    expect(distinct(86, 200)).to.equal(50);
  });

  it('R45: refuses keys that nobody can be sent to with', () => {
    const { keys } = receiver();
    const offCurve = b64(keys.p256dh);
    offCurve[64]! ^= 1;
    const compressed = Buffer.concat([Buffer.of(2), b64(keys.p256dh).subarray(1, 33)]);
    for (const bad of [
      { ...keys, p256dh: offCurve.toString('base64url') },
      { ...keys, p256dh: compressed.toString('base64url') },
      { ...keys, p256dh: Buffer.alloc(65, 4).toString('base64url') },
      { ...keys, p256dh: '' },
      { ...keys, auth: '' },
      { ...keys, auth: Buffer.alloc(15).toString('base64url') },
    ]) {
      expect(() => encryptPush(bad, Buffer.from('x')), JSON.stringify(bad)).to.throw(Error);
    }
  });

  it('refuses what does not fit into one record', () => {
    expect(() => encryptPush(receiver().keys, Buffer.alloc(3994))).to.throw(RangeError);
  });
});
