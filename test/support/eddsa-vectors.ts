import { createHash } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { B, FIELD, L, ODD, okpJwk, TORSION } from './ed-point.ts';
import { bytes, hex, join, littleEndian, numberOf, type SignatureVector } from './signature-vector.ts';

const challengeOf = (R: Uint8Array, A: Uint8Array, input: Uint8Array) => {
  const hash = createHash('sha512').update(R).update(A).update(input).digest();
  return BigInt(`0x${hash.reverse().toString('hex')}`) % L;
};

export function eddsaVectors(): SignatureVector[] {
  const vectors: SignatureVector[] = [];
  const secret = new Uint8Array(32).fill(9);
  const { scalar: a, pointBytes: A } = ed25519.utils.getExtendedPublicKey(secret);
  const key = okpJwk(A);
  const input = bytes('an answer to sign');
  const good = ed25519.sign(input, secret);
  const R = good.slice(0, 32);
  const S = numberOf(good.slice(32).reverse());
  const add = (name: string, valid: boolean, signature: Uint8Array, jwk = key, message = input) =>
    void vectors.push({ name, valid, signature, jwk, input: message });
  /** What the holder of the key would sign with this R, given as bytes, which is r times the base. */
  const withR = (bytesOfR: Uint8Array, r: bigint) =>
    join(bytesOfR, littleEndian((r + challengeOf(bytesOfR, A, input) * a) % L));

  add('as signed', true, good);
  add('over an empty message', true, ed25519.sign(new Uint8Array(), secret), key, new Uint8Array());
  add('R is the base', true, withR(B.toBytes(), 1n));
  for (let times = 1n; S + times * L < 2n ** 256n; times++)
    add(`S plus ${times} L`, false, join(R, littleEndian(S + times * L)));
  const edges = { 0: 0n, 1: 1n, 'L - 1': L - 1n, L, 'L + 1': L + 1n, p: FIELD, '2^255 - 1': 2n ** 255n - 1n };
  for (const [name, odd] of Object.entries({ ...edges, '2^255': 2n ** 255n, 'all ones': 2n ** 256n - 1n })) {
    add(`S ${name}`, false, join(R, littleEndian(odd)));
    add(`R zeros, S ${name}`, false, join(new Uint8Array(32), littleEndian(odd)));
    add(`R the identity, S ${name}`, false, join(littleEndian(1n), littleEndian(odd)));
  }
  for (const bit of [253n, 254n, 255n])
    add(`bit ${bit} of S set`, false, join(R, littleEndian(S | (1n << bit))));

  // The identity has two spellings more than its one; each is what the key's holder signed.
  add('R the identity, y plus p', false, withR(littleEndian(1n + FIELD), 0n));
  add('R the identity, with a sign', false, withR(littleEndian(1n | (1n << 255n)), 0n));
  add('R the identity, y plus p, with a sign', false, withR(littleEndian((1n + FIELD) | (1n << 255n)), 0n));
  const noPoint = join(littleEndian(2n));
  add('R on no point', false, withR(noPoint, 0n));
  add(
    'R with the other sign',
    false,
    join(
      R.map((b, n) => (n === 31 ? b ^ 128 : b)),
      littleEndian(S),
    ),
  );

  for (const length of [0, 32, 63]) add(`cut to ${length} bytes`, false, good.subarray(0, length));
  add('a zero behind', false, join(good, [0]));
  add('S and R changed about', false, join(good.subarray(32), good.subarray(0, 32)));
  add('S in big endian', false, join(R, hex(S)));
  add('minus S', false, join(R, littleEndian(L - S)));
  add('the key in the place of R', false, join(A, littleEndian(S)));
  add(
    'over the hash of the message',
    false,
    ed25519.sign(createHash('sha512').update(input).digest(), secret),
  );
  add('over another message', false, ed25519.sign(bytes('an answer to sigm'), secret));
  add('by another key', false, ed25519.sign(input, new Uint8Array(32).fill(8)));
  add('of P-256', false, p256.sign(input, secret));
  for (let at = 0; at < 64; at++)
    add(
      `bit ${at % 8} of byte ${at} flipped`,
      false,
      good.map((b, n) => (n === at ? b ^ (1 << (at % 8)) : b)),
    );
  return vectors;
}

/**
 * Right for the key, but for a point of small order added to R: RFC 8032 section 5.1.7 lets a verifier take or refuse
 * it. Its holder alone can make it.
 */
export function eddsaWithTorsion(): SignatureVector {
  const secret = new Uint8Array(32).fill(9);
  const { scalar: a, pointBytes: A } = ed25519.utils.getExtendedPublicKey(secret);
  const input = bytes('an answer to sign');
  const R = B.multiply(21n).add(ODD).toBytes();
  const S = (21n + challengeOf(R, A, input) * a) % L;
  const signature = join(R, littleEndian(S));
  return { name: 'a point of small order added to R', jwk: okpJwk(A), input, signature, valid: false };
}

/** Signatures by nobody: under a key of small order each holds for one message in eight or more, if a verifier lets it. */
export function signedByNobody(): SignatureVector[] {
  const signature = join(B.multiply(5n).toBytes(), littleEndian(5n));
  const messages = Array.from({ length: 40 }, (_, n) => bytes(`message ${n}`));
  return TORSION.flatMap((point) =>
    messages.map((input, n) => ({
      name: `of small order, message ${n}`,
      jwk: okpJwk(point.toBytes()),
      input,
      signature,
      valid: false,
    })),
  );
}
