import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { PublicDeviceJwk } from '../protocol/device-key.ts';
import type { Device } from './device.ts';

interface ImportedKey {
  readonly thumbprint: string;
  readonly alg: Device['alg'];
  readonly key: KeyObject;
}

/** What came of a signature, and under which key. */
export interface CheckedSignature {
  readonly thumbprint: string;
  readonly valid: boolean;
}

const CACHED = 10_000;
const cache = new Map<string, ImportedKey>();

/** The device's key as node:crypto wants it, made once per device and key: a JWK import costs as much as a verification. */
export function publicKeyOf(device: Pick<Device, 'id' | 'thumbprint' | 'alg' | 'jwk'>): KeyObject {
  const { id, thumbprint, alg } = device;
  const found = cache.get(id);
  if (found?.thumbprint === thumbprint && found.alg === alg) return found.key;
  if (!found && cache.size >= CACHED) cache.delete(cache.keys().next().value as string);
  const key = importPublicKey(device.jwk);
  cache.set(id, { thumbprint, alg, key });
  return key;
}

/**
 * Verifies under the key this process last knew the device by, while the store is still being asked. It says something
 * only together with the device's record: see `signatureHolds`.
 *
 * @returns `undefined` for a device that was not here yet. Never throws: whoever calls it does so on the side.
 */
export function checkAhead(
  id: string,
  input: Uint8Array,
  signature: Uint8Array,
): CheckedSignature | undefined {
  const known = cache.get(id);
  if (!known) return undefined;
  const { thumbprint, alg, key } = known;
  try {
    return { thumbprint, valid: verifySignature(key, alg, input, signature) };
  } catch {
    // It is verified again where somebody waits for the outcome.
    return undefined;
  }
}

/**
 * Whether the device signed it.
 *
 * @param ahead what `checkAhead` said of this very input; it counts only when the device still has that key.
 */
export function signatureHolds(
  device: Pick<Device, 'id' | 'thumbprint' | 'alg' | 'jwk'>,
  input: Uint8Array,
  signature: Uint8Array,
  ahead?: CheckedSignature,
): boolean {
  if (ahead?.thumbprint === device.thumbprint) return ahead.valid;
  return verifySignature(publicKeyOf(device), device.alg, input, signature);
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
