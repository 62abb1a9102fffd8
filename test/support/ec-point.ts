import { p256 } from '@noble/curves/nist.js';
import { encodeBase64url } from '../../src/protocol/base64url.ts';
import type { PublicDeviceJwk } from '../../src/protocol/device-key.ts';
import { hex, join } from './signature-vector.ts';

export type EcPoint = typeof p256.Point.BASE;
export const { Fp, Fn } = p256.Point;
export const [P, N, G] = [Fp.ORDER, Fn.ORDER, p256.Point.BASE];
export const TWO_256 = 2n ** 256n;

export const ecJwk = (x: bigint, y: bigint): PublicDeviceJwk => ({
  kty: 'EC',
  crv: 'P-256',
  x: encodeBase64url(hex(x)),
  y: encodeBase64url(hex(y)),
});
export const ecKey = (point: EcPoint) => ecJwk(point.x, point.y);
/** The point with the smallest x from `from` on. */
export function pointAtX(from: bigint): EcPoint {
  for (let x = from; ; x++) {
    try {
      return p256.Point.fromBytes(join([2], hex(x)));
    } catch {
      // no point has this x
    }
  }
}
