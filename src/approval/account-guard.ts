import type { Rule, Throttle } from '../limits/throttle.ts';
import { keys } from '../store/keys.ts';
import type { Store } from '../store/port.ts';
import { update } from '../store/update.ts';
import { KEPT_MS } from './approval-dependencies.ts';
import { type Guard, type LiftedBy, lifted, opens, secured } from './guard.ts';
import { lifeOf, type OpenChallenges, readOpen, withGuard } from './open-challenges.ts';

/** What an account's owner and its admins do with the door; see `guard.ts` for the rules. */
export interface AccountGuard {
  /** "Secure my account" for so long. @returns until when, epoch ms on the store's clock. Again begins the time anew. */
  secure(account: string, ms: number): Promise<number>;
  /**
   * Opens the door again. A device's or an admin's word also takes away what strangers have counted up against the caps,
   * so that the owner's next request arrives.
   *
   * @returns whether it opened anything.
   */
  lift(account: string, by: LiftedBy): Promise<boolean>;
  /** What holds now. */
  standing(account: string): Promise<Standing>;
}

export interface Standing {
  /** "Secure my account", epoch ms. */
  readonly pausedUntil?: number;
  /** Since when unknown browsers are kept away after a report, epoch ms. */
  readonly reportedAt?: number;
}

export function createAccountGuard(deps: {
  readonly store: Store;
  readonly throttle: Throttle;
  /** What unknown browsers are counted by. */
  readonly rules: readonly Rule[];
}): AccountGuard {
  const { store, throttle, rules } = deps;

  async function change(account: string, step: (guard: Guard | undefined, now: number) => Guard | undefined) {
    const now = await store.now();
    await update<OpenChallenges>(store, keys.openChallenges(account), (current) => {
      const record = readOpen(current);
      const next = withGuard(record?.open ?? [], step(record?.guard, now));
      return { value: next, ttlMs: lifeOf(next, KEPT_MS, now) };
    });
    return now;
  }

  return {
    async secure(account, ms) {
      let until = 0;
      await change(account, (guard, now) => {
        until = now + ms;
        return secured(guard, until);
      });
      return until;
    },

    async lift(account, by) {
      let closed = false;
      await change(account, (guard, now) => {
        closed = opens(guard, by, now);
        return guard && lifted(guard, by, now);
      });
      if (by !== 'proof') await Promise.all(rules.map((rule) => throttle.clear(rule, account)));
      return closed;
    },

    async standing(account) {
      const [found, now] = await Promise.all([
        store.get<OpenChallenges>(keys.openChallenges(account)),
        store.now(),
      ]);
      const { securedUntil = 0, reportedAt } = readOpen(found)?.guard ?? {};
      return {
        ...(securedUntil > now ? { pausedUntil: securedUntil } : {}),
        ...(reportedAt === undefined ? {} : { reportedAt }),
      };
    },
  };
}
