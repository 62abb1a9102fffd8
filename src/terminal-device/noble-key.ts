import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { decodeBase64url, encodeBase64url } from '../protocol/base64url.ts';
import type { DeviceAlgorithm, DeviceSigner } from '../protocol/device-key.ts';

/** A device key whose secret is in this process: a terminal has nothing better to keep it in. */
export interface NobleKey extends DeviceSigner {
  /** 32 bytes, base64url. Belongs in the key file and nowhere else. */
  readonly secret: string;
}

/** @param secret of an existing key; a new one is made when it is absent. @throws RangeError for a bad secret. */
export function nobleKey(alg: DeviceAlgorithm, secret?: string): NobleKey {
  const curve = alg === 'ES256' ? p256 : ed25519;
  const bytes = secret === undefined ? curve.utils.randomSecretKey() : decodeBase64url(secret);
  if (!bytes || !curve.utils.isValidSecretKey(bytes)) throw new RangeError(`not a secret key for ${alg}`);
  const kept = encodeBase64url(bytes);
  if (alg === 'EdDSA') {
    const x = encodeBase64url(ed25519.getPublicKey(bytes));
    return {
      alg,
      secret: kept,
      jwk: { kty: 'OKP', crv: 'Ed25519', x },
      sign: (input) => ed25519.sign(input, bytes),
    };
  }
  const point = p256.getPublicKey(bytes, false);
  const [x, y] = [encodeBase64url(point.subarray(1, 33)), encodeBase64url(point.subarray(33))];
  return {
    alg,
    secret: kept,
    jwk: { kty: 'EC', crv: 'P-256', x, y },
    sign: (input) => p256.sign(input, bytes),
  };
}
