import * as z from 'zod/mini';
import { sha256Base64url } from './base64url.ts';

/** Algorithms a device key may use: RFC 7518 section 3.4 and RFC 8037. */
export const DEVICE_ALGORITHMS = ['ES256', 'EdDSA'] as const;
export type DeviceAlgorithm = (typeof DEVICE_ALGORITHMS)[number];

export type PublicDeviceJwk =
  | { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string }
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string };

const coordinate = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/));

/** Shape only, and nothing but the public members: whether the point is a good one is the server's `key-check.ts`. */
export const publicDeviceJwkSchema = z.union([
  z.strictObject({ kty: z.literal('EC'), crv: z.literal('P-256'), x: coordinate, y: coordinate }),
  z.strictObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: coordinate }),
]);

/** The one algorithm a key of this type signs with. */
export function algorithmOf(jwk: PublicDeviceJwk): DeviceAlgorithm {
  return jwk.kty === 'EC' ? 'ES256' : 'EdDSA';
}

/** RFC 7638 thumbprint: SHA-256 over the required members in order, base64url. */
export function thumbprintOf(jwk: PublicDeviceJwk): Promise<string> {
  return sha256Base64url(
    jwk.kty === 'EC'
      ? JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y })
      : JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x }),
  );
}

/** A device's key as the protocol code uses it; the private part stays wherever `sign` keeps it. */
export interface DeviceSigner {
  readonly alg: DeviceAlgorithm;
  readonly jwk: PublicDeviceJwk;
  /** ES256: SHA-256 then r and s, 32 bytes each (RFC 7518 section 3.4). EdDSA: 64 bytes (RFC 8032). */
  sign(input: Uint8Array): Uint8Array | Promise<Uint8Array>;
}
