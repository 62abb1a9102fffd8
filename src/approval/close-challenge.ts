import { accountTopic } from '../devices/devices.ts';
import { keys } from '../store/keys.ts';
import { update } from '../store/update.ts';
import type { ApprovalDependencies } from './approval-dependencies.ts';
import { type Challenge, readChallenge } from './challenge.ts';
import { supersede } from './decide.ts';
import { type OpenChallenges, remove } from './open-challenges.ts';

type Dependencies = Pick<ApprovalDependencies, 'store' | 'audit'>;

/**
 * Takes it off the account's open list, which also tells every device that listens.
 *
 * @param options.browser whether everything that browser has open goes with it: after a report.
 */
export async function closeChallenge(
  { store }: Dependencies,
  challenge: Challenge,
  now: number,
  options: { readonly browser: boolean } = { browser: false },
): Promise<void> {
  await update<OpenChallenges>(store, keys.openChallenges(challenge.account), (current) => {
    const next = remove(
      current?.value,
      options.browser ? { browser: challenge.browser } : { id: challenge.id },
      now,
    );
    return next && { value: next, wake: accountTopic(challenge.account) };
  });
}

/** A newer request of the same browser took over, or the person gave up: nobody can answer this one any more. */
export async function retireChallenge({ store, audit }: Dependencies, chain: string): Promise<void> {
  const now = await store.now();
  const written = await update<Challenge>(store, keys.challenge(chain), (current) => {
    const challenge = readChallenge(current);
    const next = challenge && supersede(challenge, now);
    return next && { value: next, wake: chain };
  });
  if (written) audit.record({ type: 'challenge.superseded', account: written.value.account, chain });
}
