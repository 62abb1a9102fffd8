import { randomBytes, randomInt } from 'node:crypto';

/**
 * The number shown in the browser and typed on the device (NIST SP 800-63B-4 section 3.1.3.2), uniform over all
 * strings of that many digits, leading zeros included. A string for ever: `012` is not 12.
 */
export function newNumber(digits: number): string {
  return String(randomInt(10 ** digits)).padStart(digits, '0');
}

/** 128 bits that a QR carries in the number's place, base64url. */
export function newQrSecret(): string {
  return randomBytes(16).toString('base64url');
}

/** 128 bits the device echoes in its answer, base64url. */
export function newNonce(): string {
  return randomBytes(16).toString('base64url');
}
