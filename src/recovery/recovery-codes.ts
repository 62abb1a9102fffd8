import { createHash, randomBytes } from 'node:crypto';
import { equalText } from '../devices/equal-text.ts';
import { encodeCrockford, normaliseCrockford } from '../protocol/crockford.ts';

/**
 * Recovery codes of one account, as pure functions. Ten are made at once, shown once and stored as hashes; each gives a
 * new device its place once, together with the password.
 *
 * A code has 80 random bits, so a fast hash is enough: whoever has the store and computes 10^12 SHA-256 a second needs
 * some four thousand years for the first of ten. The account is hashed with it, so that no table serves two of them. A
 * slow hash is for what people choose; here it would cost ten hashes a try and make nothing harder.
 */
export interface RecoveryCodes {
  readonly v: 1;
  /** The change of factors that made them: a second "go on" of the same one makes no others. */
  readonly change: string;
  /** Epoch ms. */
  readonly madeAt: number;
  readonly codes: readonly RecoveryCode[];
}

interface RecoveryCode {
  /** `hashOfCode`. */
  readonly hash: string;
  /** Epoch ms. */
  readonly usedAt: number | null;
}

export const RECOVERY_CODES = 10;
/** Crockford base32, 80 bits. */
export const CODE_CHARACTERS = 16;
const CODE_BYTES = 10;

export function newCode(): string {
  return encodeCrockford(randomBytes(CODE_BYTES), CODE_CHARACTERS);
}

/** @returns the codes, which are nowhere else, and what is stored of them. */
export function makeCodes(
  account: string,
  change: string,
  now: number,
): { readonly codes: readonly string[]; readonly record: RecoveryCodes } {
  const codes = Array.from({ length: RECOVERY_CODES }, newCode);
  const stored = codes.map((code) => ({ hash: hashOfCode(account, code), usedAt: null }));
  return { codes, record: { v: 1, change, madeAt: now, codes: stored } };
}

/**
 * What a typed code is compared by; what cannot be a code has the hash of none.
 *
 * @returns SHA-256, base64url.
 */
export function hashOfCode(account: string, typed: string): string {
  // Not cut down before it is looked at: a form is 16 kB at most.
  const code = normaliseCrockford(typed, CODE_CHARACTERS) ?? '';
  return createHash('sha256').update(`recovery\0${account}\0${code}`).digest('base64url');
}

/** Uses the code with this hash up. @returns `undefined` when there is none that is unused. */
export function useCode(record: RecoveryCodes, hash: string, now: number): RecoveryCodes | undefined {
  if (record.v !== 1) return undefined;
  // All of them are looked at, wherever the right one stands.
  const fits = record.codes.map((code) => equalText(code.hash, hash) && code.usedAt === null);
  const at = fits.indexOf(true);
  if (at < 0) return undefined;
  return { ...record, codes: record.codes.map((code, i) => (i === at ? { ...code, usedAt: now } : code)) };
}

export function unusedCodes(record: RecoveryCodes | undefined): number {
  return record?.v === 1 ? record.codes.filter(({ usedAt }) => usedAt === null).length : 0;
}
