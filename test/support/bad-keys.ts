import { ed25519 } from '@noble/curves/ed25519.js';
import { encodeBase64url } from '../../src/protocol/base64url.ts';
import { ecJwk, G, P, pointAtX, TWO_256 } from './ec-point.ts';
import { FIELD, okpJwk, TORSION } from './ed-point.ts';
import { hex, littleEndian } from './signature-vector.ts';

export interface KeyVector {
  readonly name: string;
  readonly jwk: unknown;
}

/** Public keys no device may enrol. */
export function badKeys(): KeyVector[] {
  const { x, y } = G.multiply(7n);
  const good = ecJwk(x, y) as { x: string; y: string };
  const small = pointAtX(1n);
  const noX = [2n, 3n, 4n, 5n, 6n, 7n].find((at) => pointAtX(at).x !== at)!;
  const keys: Record<string, unknown> = {
    'y plus one': ecJwk(x, y + 1n),
    'x and y changed about': ecJwk(y, x),
    'zero, zero: infinity as some write it': ecJwk(0n, 0n),
    'x zero, y one': ecJwk(0n, 1n),
    'an x that no point has': ecJwk(noX, 1n),
    'x plus p': ecJwk(small.x + P, small.y),
    'x p': ecJwk(P, 0n),
    'y p': ecJwk(x, P),
    'all ones': ecJwk(TWO_256 - 1n, TWO_256 - 1n),
    'minus y without the field': ecJwk(x, TWO_256 - y),
    // y² = x³ - 3x + 1: a point of another curve, whose order has small factors for all a verifier knows.
    'on another curve with the same a': ecJwk(0n, 1n),
    'the base of secp256k1': ecJwk(
      0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n,
      0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8n,
    ),
    'of P-384': { ...good, crv: 'P-384' },
    'of secp256k1': { ...good, crv: 'secp256k1' },
    'no y': { kty: 'EC', crv: 'P-256', x: good.x },
    'y empty': { ...good, y: '' },
    'x of 31 bytes': { ...good, x: encodeBase64url(hex(x).subarray(1)) },
    'x of 33 bytes': { ...good, x: encodeBase64url(hex(x, 33)) },
    'x padded': { ...good, x: `${good.x}=` },
    'x with stray bits at its end': { ...good, x: `${good.x.slice(0, -1)}_` },
    'x of base64, not base64url': { ...good, x: `+/${good.x.slice(2)}` },
    'the private part too': { ...good, d: encodeBase64url(hex(7n)) },
    'an x as a list': { ...good, x: [good.x] },
    'EC of Ed25519': { ...good, crv: 'Ed25519' },
    symmetric: { kty: 'oct', k: encodeBase64url(hex(7n)) },
    RSA: { kty: 'RSA', n: 'AQAB', e: 'AQAB' },
  };
  for (const [n, point] of TORSION.entries()) {
    const spelt = point.toBytes();
    keys[`of small order, ${n}`] = okpJwk(spelt);
    keys[`of small order, ${n}, with the other sign`] = okpJwk(
      spelt.map((b, at) => (at === 31 ? b ^ 128 : b)),
    );
  }
  const { point } = ed25519.utils.getExtendedPublicKey(new Uint8Array(32).fill(9));
  for (const [n, odd] of TORSION.entries())
    if (!odd.is0()) keys[`a point of small order added, ${n}`] = okpJwk(point.add(odd).toBytes());
  for (let y = 0n; y <= 18n; y++) {
    keys[`y ${y} plus p`] = okpJwk(littleEndian(y + FIELD));
    keys[`y ${y} plus p, with a sign`] = okpJwk(littleEndian((y + FIELD) | (1n << 255n)));
  }
  keys['y on no point'] = okpJwk(littleEndian(2n));
  keys['a key of X25519'] = { ...okpJwk(point.toBytes()), crv: 'X25519' };
  keys['a key of Ed448'] = { kty: 'OKP', crv: 'Ed448', x: encodeBase64url(new Uint8Array(57).fill(3)) };
  keys['31 bytes'] = { ...okpJwk(point.toBytes()), x: encodeBase64url(point.toBytes().subarray(1)) };
  return Object.entries(keys).map(([name, jwk]) => ({ name, jwk }));
}
