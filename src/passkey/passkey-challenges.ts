import { randomBytes } from 'node:crypto';
import { equalText } from '../devices/equal-text.ts';
import { keys, MINUTE } from '../store/keys.ts';
import type { Store } from '../store/port.ts';
import { update } from '../store/update.ts';

/** What an assertion or a registration may be used for; a challenge of one use is none of another. */
export type ChallengeUse = 'sign-in' | 'register' | 'approve-change';

/** Whom a challenge is for. */
export interface ChallengeScope {
  /** Interaction chain, or change of factors: what the answer can lead to, and nothing else. */
  readonly chain: string;
  /** SHA-256 of the `browser` cookie: an answer from another browser is none (R30). */
  readonly browser: string;
  readonly use: ChallengeUse;
}

/**
 * WebAuthn challenges: 256 random bits of the server's store (R17), each good once, for one chain, one browser and one
 * use. A chain keeps the newest few, so that two tabs of it do not take each other's, and nobody fills the store.
 */
export interface PasskeyChallenges {
  issue(scope: ChallengeScope): Promise<string>;
  /** `true` for the one caller who spent it. */
  spend(scope: ChallengeScope, challenge: string): Promise<boolean>;
}

interface Open {
  readonly challenge: string;
  readonly browser: string;
  readonly use: ChallengeUse;
  /** Epoch ms on the store's clock. */
  readonly expiresAt: number;
}

interface OpenPasskeyChallenges {
  readonly v: 1;
  readonly open: readonly Open[];
}

const LIFE_MS = 10 * MINUTE;
const MOST_OPEN = 4;

export function createPasskeyChallenges(store: Store): PasskeyChallenges {
  const openOf = (value: OpenPasskeyChallenges | undefined) => (value?.v === 1 ? value.open : []);

  return {
    async issue({ chain, browser, use }) {
      const challenge = randomBytes(32).toString('base64url');
      const expiresAt = (await store.now()) + LIFE_MS;
      await update<OpenPasskeyChallenges>(store, keys.passkeyChallenges(chain), (current) => {
        const open = [...openOf(current?.value), { challenge, browser, use, expiresAt }].slice(-MOST_OPEN);
        return { value: { v: 1, open }, ttlMs: LIFE_MS };
      });
      return challenge;
    },

    async spend({ chain, browser, use }, challenge) {
      const now = await store.now();
      let spent = false;
      await update<OpenPasskeyChallenges>(store, keys.passkeyChallenges(chain), (current) => {
        const open = openOf(current?.value);
        const mine = open.find((one) => equalText(one.challenge, challenge));
        spent = mine?.browser === browser && mine.use === use && now < mine.expiresAt;
        return spent
          ? { value: { v: 1, open: open.filter((one) => one !== mine) }, ttlMs: 'keep' }
          : undefined;
      });
      return spent;
    },
  };
}
