import { createHash } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { type EcPoint, ecKey, Fn, G, N, P, pointAtX, TWO_256 } from './ec-point.ts';
import { bytes, hex, join, numberOf, type SignatureVector } from './signature-vector.ts';

const hashed = (input: Uint8Array) => Fn.create(numberOf(createHash('sha256').update(input).digest()));

export function ecdsaVectors(): SignatureVector[] {
  const vectors: SignatureVector[] = [];
  const secret = new Uint8Array(32).fill(7);
  const d = numberOf(secret);
  const key = ecKey(G.multiply(d));
  const input = bytes('an answer to sign');
  const z = hashed(input);
  const { r, s } = p256.Signature.fromBytes(p256.sign(input, secret));
  const good = join(hex(r), hex(s));
  const add = (name: string, valid: boolean, signature: Uint8Array, jwk = key, message = input) =>
    void vectors.push({ name, valid, signature, jwk, input: message });
  /** The key for which (r, s) is right over `message`, when `point` has r for its x. */
  const keyFor = (point: EcPoint, s: bigint, message = input) =>
    point
      .multiply(s)
      .subtract(G.multiply(hashed(message)))
      .multiply(Fn.inv(Fn.create(point.x)));

  add('as signed', true, good);
  add('the twin with n - s', true, join(hex(r), hex(N - s)));
  add('over an empty message', true, p256.sign(new Uint8Array(), secret), key, new Uint8Array());

  const edges = { 0: 0n, 1: 1n, 'n - 1': N - 1n, n: N, 'n + 1': N + 1n, p: P, 'p + 1': P + 1n };
  const all = Object.entries({ ...edges, 'all ones': TWO_256 - 1n });
  for (const [nameR, valueR] of all) {
    for (const [nameS, valueS] of all) add(`r ${nameR}, s ${nameS}`, false, join(hex(valueR), hex(valueS)));
    add(`r ${nameR}, s as signed`, false, join(hex(valueR), hex(s)));
    add(`r as signed, s ${nameR}`, false, join(hex(r), hex(valueR)));
  }

  // A key made for it: the range is all that is wrong with the second of each two.
  const small = pointAtX(1n);
  const forSmall = ecKey(keyFor(small, 3n));
  add('r of a few bits', true, join(hex(small.x), hex(3n)), forSmall);
  add('r of a few bits, plus n', false, join(hex(small.x + N), hex(3n)), forSmall);
  const reduced = pointAtX(N);
  const forReduced = ecKey(keyFor(reduced, 5n));
  add('x of R above n, reduced', true, join(hex(reduced.x - N), hex(5n)), forReduced);
  add('x of R above n, not reduced', false, join(hex(reduced.x), hex(5n)), forReduced);
  for (const [name, odd] of Object.entries({ 1: 1n, 2: 2n, 'n - 1': N - 1n, 'n - 2': N - 2n })) {
    const R = G.multiply(11n);
    add(`s ${name}, right for this key`, true, join(hex(Fn.create(R.x)), hex(odd)), ecKey(keyFor(R, odd)));
    const zero = join(hex(0n), hex(odd));
    add(`s ${name}, r zero`, false, zero, ecKey(keyFor(R, odd)));
  }

  // The verifier's own sums at their edges: u1 G + u2 Q is the point at infinity, or u1 G equals u2 Q.
  const k = 13n;
  const rk = Fn.create(G.multiply(k).x);
  const infinite = ecKey(G.multiply(Fn.neg(Fn.mul(z, Fn.inv(rk)))));
  for (const odd of [1n, 2n, s, N - 1n])
    add(`the sum is infinity, s ${odd}`, false, join(hex(rk), hex(odd)), infinite);
  const doubled = join(hex(rk), hex(Fn.mul(Fn.create(2n * z), Fn.inv(k))));
  add('the two summands are equal', true, doubled, ecKey(G.multiply(Fn.mul(z, Fn.inv(rk)))));
  for (const [name, secretKey] of Object.entries({ G: 1n, 'G twice': 2n, 'minus G': N - 1n }))
    add(`the key is ${name}`, true, p256.sign(input, hex(secretKey)), ecKey(G.multiply(secretKey)));

  for (let n = 0; ; n++) {
    const message = bytes(`message ${n}`);
    if (hex(hashed(message))[0] !== 0) continue;
    add('a hash that begins with zeros', true, p256.sign(message, secret), key, message);
    break;
  }

  const der = p256.Signature.fromBytes(good).toBytes('der');
  add('DER instead of P1363', false, der);
  add('DER cut to 64 bytes', false, der.subarray(0, 64));
  add('DER moved to its last 64 bytes', false, der.subarray(-64));
  for (const length of [0, 1, 31, 32, 33, 63]) add(`cut to ${length} bytes`, false, good.subarray(0, length));
  add('a zero behind', false, join(good, [0]));
  add('zeros before both', false, join([0], hex(r), [0], hex(s)));
  add('twice', false, join(good, good));
  add('r and s changed about', false, join(hex(s), hex(r)));
  add('minus r', false, join(hex(N - r), hex(s)));
  add('the inverse of s', false, join(hex(r), hex(Fn.inv(s))));
  add('in little endian', false, join(hex(r).reverse(), hex(s).reverse()));
  add('over the hash of the hash', false, p256.sign(createHash('sha256').update(input).digest(), secret));
  const sha512 = createHash('sha512').update(input).digest();
  add('over another hash', false, p256.sign(sha512.subarray(0, 32), secret, { prehash: false }));
  add('over another message', false, p256.sign(bytes('an answer to sigm'), secret));
  add('by another key', false, p256.sign(input, new Uint8Array(32).fill(8)));
  add('of Ed25519', false, ed25519.sign(input, secret));
  for (let at = 0; at < 64; at++)
    add(
      `bit ${at % 8} of byte ${at} flipped`,
      false,
      good.map((b, n) => (n === at ? b ^ (1 << (at % 8)) : b)),
    );
  return vectors;
}
