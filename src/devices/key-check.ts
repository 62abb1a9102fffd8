import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { decodeBase64url } from '../protocol/base64url.ts';
import { type PublicDeviceJwk, publicDeviceJwkSchema } from '../protocol/device-key.ts';
import { DeviceError } from './device-error.ts';

/**
 * The strict look at a key before it is stored (R19), by code that is not the verifier's: on the curve, not the
 * point at infinity, in the one canonical encoding, and for Ed25519 of no small order and inside the prime-order
 * group, since a small-order key would verify signatures nobody made.
 *
 * @param input anything.
 * @returns the key, with its public members only.
 * @throws DeviceError `invalid_key`.
 */
export function checkDeviceKey(input: unknown): PublicDeviceJwk {
  const parsed = publicDeviceJwkSchema.safeParse(input);
  if (!parsed.success) throw new DeviceError('invalid_key');
  const jwk = parsed.data;
  const good = jwk.kty === 'EC' ? isGoodP256(jwk.x, jwk.y) : isGoodEd25519(jwk.x);
  if (!good) throw new DeviceError('invalid_key');
  return jwk;
}

function isGoodP256(x: string, y: string): boolean {
  const xs = decodeBase64url(x);
  const ys = decodeBase64url(y);
  if (xs?.length !== 32 || ys?.length !== 32) return false;
  try {
    // SEC 1 section 2.3.4: uncompressed point; coordinates not below the field's prime are refused
    p256.Point.fromBytes(Uint8Array.of(4, ...xs, ...ys)).assertValidity();
    return true;
  } catch {
    return false;
  }
}

function isGoodEd25519(x: string): boolean {
  const bytes = decodeBase64url(x);
  if (bytes?.length !== 32) return false;
  try {
    // RFC 8032 section 5.1.3, strict: `false` refuses y not below the prime
    const point = ed25519.Point.fromBytes(bytes, false);
    return !point.isSmallOrder() && point.isTorsionFree();
  } catch {
    return false;
  }
}
