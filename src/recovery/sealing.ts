import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/**
 * Seals secrets that the store has to keep and must be able to give back: AES-256-GCM under a key that lies outside of
 * it, so that a copy of the store alone opens none.
 */
export interface Sealing {
  /** @param bound what it belongs to: sealed text opens for nothing else. @returns base64url */
  seal(secret: Uint8Array, bound: string): string;
  /** `undefined` for what was sealed by another key, for something else, or changed. */
  open(sealed: string, bound: string): Uint8Array | undefined;
}

const ALGORITHM = 'aes-256-gcm';
const IV = 12;
const TAG = 16;
const KEY = 32;

/** @param keys the first one seals, each of them opens: a new key is put before the old one. */
export function createSealing(keys: readonly Uint8Array[]): Sealing {
  const [newest] = keys;
  if (!newest) throw new TypeError('no key to seal with');
  return {
    seal(secret, bound) {
      const iv = randomBytes(IV);
      const cipher = createCipheriv(ALGORITHM, newest, iv).setAAD(Buffer.from(bound));
      const text = Buffer.concat([cipher.update(secret), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64url');
    },
    open(sealed, bound) {
      const bytes = Buffer.from(sealed, 'base64url');
      if (bytes.length <= IV + TAG) return undefined;
      for (const key of keys) {
        const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, IV), { authTagLength: TAG });
        decipher.setAAD(Buffer.from(bound)).setAuthTag(bytes.subarray(IV, IV + TAG));
        try {
          return Buffer.concat([decipher.update(bytes.subarray(IV + TAG)), decipher.final()]);
        } catch {
          // of another key, or no longer what was sealed
        }
      }
      return undefined;
    },
  };
}

/**
 * Keys of a file, one a line, newest first: 32 bytes in base64 or base64url, as `openssl rand -base64 32` prints them.
 *
 * @throws Error with a sentence for people; it never holds a key.
 */
export function readSealingKeys(text: string, option: string): readonly Uint8Array[] {
  const lines = text.split('\n').map((line) => line.trim());
  const keys = lines.filter((line) => line !== '').map((line) => Buffer.from(line, 'base64'));
  if (keys.length > 0 && keys.every(({ length }) => length === KEY)) return keys;
  throw new Error(
    `${option}: wanted a file with 32 bytes in base64 on each line, such as "openssl rand -base64 32" makes`,
  );
}
