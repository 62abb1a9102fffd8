import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { PublicDeviceJwk } from '../protocol/device-key.ts';
import type { Device } from './device.ts';

const CACHED = 10_000;
const cache = new Map<string, KeyObject>();

/** The device's key as node:crypto wants it, made once per device and key: a JWK import costs as much as a verification. */
export function publicKeyOf(device: Pick<Device, 'id' | 'thumbprint' | 'jwk'>): KeyObject {
  const name = `${device.id}/${device.thumbprint}`;
  let key = cache.get(name);
  if (!key) {
    if (cache.size >= CACHED) cache.delete(cache.keys().next().value as string);
    key = importPublicKey(device.jwk);
    cache.set(name, key);
  }
  return key;
}

export function importPublicKey(jwk: PublicDeviceJwk): KeyObject {
  return createPublicKey({ key: { ...jwk }, format: 'jwk' });
}

/**
 * Verifies a JWS signature with the algorithm pinned for the key. Synchronous on purpose: the asynchronous form would
 * wait in libuv's pool behind password hashing. (r, n-s) twins are valid; so is WebCrypto's high s (R20, R21).
 */
export function verifySignature(
  key: KeyObject,
  alg: Device['alg'],
  input: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (signature.length !== 64) return false;
  return alg === 'ES256'
    ? verify('sha256', input, { key, dsaEncoding: 'ieee-p1363' }, signature)
    : verify(null, input, key, signature);
}
