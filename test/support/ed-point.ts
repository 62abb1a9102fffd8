import { ED25519_TORSION_SUBGROUP, ed25519 } from '@noble/curves/ed25519.js';
import { encodeBase64url } from '../../src/protocol/base64url.ts';
import type { PublicDeviceJwk } from '../../src/protocol/device-key.ts';

export const L = ed25519.Point.Fn.ORDER;
export const B = ed25519.Point.BASE;
export const FIELD = ed25519.Point.Fp.ORDER;
/** The eight points of small order. */
export const TORSION = ED25519_TORSION_SUBGROUP.map((one) => ed25519.Point.fromHex(one));
/** Of order 8. */
export const ODD = TORSION.find(
  (point) => !point.is0() && !point.double().is0() && !point.double().double().is0(),
)!;

export const okpJwk = (x: Uint8Array): PublicDeviceJwk => ({
  kty: 'OKP',
  crv: 'Ed25519',
  x: encodeBase64url(x),
});
