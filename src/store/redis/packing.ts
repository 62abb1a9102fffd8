import type { Found } from '../port.ts';
import { VERSION_LENGTH } from '../version.ts';

/**
 * Reads a record as `scripts.ts` packs it.
 *
 * @param now ms; a record past its expiry then is absent. `null` leaves that to the server, which drops a key at the
 *   same moment on the same clock.
 */
export function unpack<T>(packed: string | null | undefined, now: number | null): Found<T> {
  if (!packed) return undefined;
  const line = packed.indexOf('\n', VERSION_LENGTH);
  const version = packed.slice(0, VERSION_LENGTH);
  const expiry = packed.slice(VERSION_LENGTH + 1, line);
  const expiresAt = expiry === '' ? null : Number(expiry);
  if (now !== null && expiresAt !== null && expiresAt <= now) return undefined;
  if (packed[VERSION_LENGTH] === '-') return { dead: true, version, expiresAt };
  return { value: JSON.parse(packed.slice(line + 1)) as T, version, expiresAt };
}
