import type { PublicDeviceJwk } from '../../src/protocol/device-key.ts';

/**
 * Signatures and keys an attacker may try, each made here on the curve and named. The kinds are those that Project
 * Wycheproof describes for ECDSA in IEEE P1363 form and for EdDSA; no npm package carries its files.
 */
export interface SignatureVector {
  readonly name: string;
  readonly jwk: PublicDeviceJwk;
  readonly input: Uint8Array;
  readonly signature: Uint8Array;
  readonly valid: boolean;
}

export const bytes = (text: string) => new TextEncoder().encode(text);
export const hex = (value: bigint, length = 32) =>
  Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex');
export const littleEndian = (value: bigint) => hex(value).reverse();
export const join = (...parts: readonly ArrayLike<number>[]) =>
  new Uint8Array(Buffer.concat(parts.map((part) => Uint8Array.from(part))));
export const numberOf = (big: Uint8Array) => BigInt(`0x${Buffer.from(big).toString('hex')}`);
