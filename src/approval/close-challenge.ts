import { accountTopic } from '../devices/devices.ts';
import { keys } from '../store/keys.ts';
import { update } from '../store/update.ts';
import { type ApprovalDependencies, KEPT_MS } from './approval-dependencies.ts';
import { type Challenge, readChallenge } from './challenge.ts';
import { supersede } from './decide.ts';
import { askerOf, lifted, reported } from './guard.ts';
import { lifeOf, type OpenChallenges, readOpen, remove, withGuard } from './open-challenges.ts';

type Dependencies = Pick<ApprovalDependencies, 'store' | 'audit'>;

/**
 * Takes it off the account's open list, which also tells every device that listens.
 *
 * @param options.proved the owner has shown who they are in a browser they are known in: what a report closed opens again.
 */
export async function closeChallenge(
  { store }: Pick<Dependencies, 'store'>,
  challenge: Challenge,
  now: number,
  options: { readonly proved: boolean } = { proved: false },
): Promise<void> {
  await update<OpenChallenges>(store, keys.openChallenges(challenge.account), (current) => {
    const record = readOpen(current);
    const without = remove(record, { id: challenge.id }, now);
    const opens = options.proved && record?.guard?.reportedAt !== undefined;
    if (!without && !opens) return undefined;
    const { open, guard } = without ?? record!;
    const next = withGuard(open, opens ? lifted(record!.guard!, 'proof', now) : guard);
    return { value: next, ttlMs: lifeOf(next, KEPT_MS, now), wake: accountTopic(challenge.account) };
  });
}

/**
 * After "This wasn't me": in one write everything that browser has open goes, unknown browsers are kept away, and
 * whoever asked is blocked.
 */
export async function closeAfterReport(
  { store, options }: Pick<ApprovalDependencies, 'store' | 'options'>,
  challenge: Challenge,
  now: number,
): Promise<void> {
  const { account, browser, known, purpose, context } = challenge;
  const shown = context.address;
  // Of a device code it is the device that waits which is not theirs: in the browser may sit the one who was deceived,
  // and then its address is theirs, too.
  const sparesBrowser = purpose === 'device-code' && known;
  const from = sparesBrowser ? shown : (challenge.from ?? shown);
  const asker = askerOf({ browser, known, purpose, from, shown });
  await update<OpenChallenges>(store, keys.openChallenges(account), (current) => {
    const record = readOpen(current);
    const { open } = remove(record, { browser }, now) ?? record ?? { open: [] };
    const guard = reported(record?.guard, asker, { now, blockMs: options.blockMs, sparesBrowser });
    return { value: withGuard(open, guard), ttlMs: null, wake: accountTopic(account) };
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
