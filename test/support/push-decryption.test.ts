import { expect } from 'chai';
import { decryptPush } from './push-decryption.ts';

const b64 = (text: string) => Buffer.from(text, 'base64url');

describe('the decryptor of the push service for tests', () => {
  // RFC 8291 section 5 and Appendix A.
  const keys = {
    privateKey: b64('q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94'),
    publicKey: b64('BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4'),
    auth: b64('BTBZMqHH6r4Tts7J_aSIgg'),
  };
  const message = b64(
    'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
  );

  it('R45: reads the message of RFC 8291 Appendix A', () => {
    expect(decryptPush(message, keys).toString()).to.equal('When I grow up, I want to be a watermelon');
  });

  it('R45: refuses it with one bit changed or with another auth secret', () => {
    const changed = Buffer.from(message);
    changed[changed.length - 20]! ^= 1;
    expect(() => decryptPush(changed, keys)).to.throw();
    expect(() => decryptPush(message, { ...keys, auth: Buffer.alloc(16) })).to.throw();
  });
});
