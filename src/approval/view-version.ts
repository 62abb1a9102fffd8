import { createHash } from 'node:crypto';
import type { Challenge, ChallengeState } from './challenge.ts';

/**
 * Names what a waiting page may see of a challenge, like an ETag: the poll answers at once when the page is behind.
 * For an unknown browser receipts change nothing here, so they never end its poll early (R59).
 */
export function viewVersion(challenge: Challenge, state: ChallengeState): string {
  const seen = challenge.known ? challenge.devices.map(({ name, step }) => [name, step]) : [];
  return createHash('sha256')
    .update(JSON.stringify([challenge.id, state, seen]))
    .digest('base64url')
    .slice(0, 16);
}
