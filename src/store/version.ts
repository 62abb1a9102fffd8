import { randomFillSync } from 'node:crypto';
import type { Version } from './port.ts';

/** Length of a version in characters: 96 random bits, base64url. */
export const VERSION_LENGTH = 16;

const BYTES = 12;
const pool = Buffer.alloc(BYTES * 256);
let used = pool.length;

/** A version nobody has seen: random, so that neither a delete nor a restart can bring an old one back (no ABA). */
export function newVersion(): Version {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += BYTES;
  return pool.toString('base64url', used - BYTES, used);
}
