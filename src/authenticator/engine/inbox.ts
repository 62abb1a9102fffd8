import type { PendingMessage } from '../../protocol/messages.ts';
import type { OpenRequest } from './state.ts';

/**
 * The requests of all accounts, newest first. `message` is what the server says waits for one account; whatever it
 * no longer lists is over.
 *
 * @param now epoch ms by this device's clock: the server's `exp` is moved onto it, since phone clocks are wrong.
 */
export function takeOver(
  before: readonly OpenRequest[],
  account: string,
  message: Pick<PendingMessage, 'challenges' | 'server_time'>,
  now: number,
): readonly OpenRequest[] {
  const known = new Map(before.map((request) => [request.challenge.id, request]));
  const listed = message.challenges
    .filter(({ exp, state }) => exp > message.server_time && state === 'pending')
    .map((challenge): OpenRequest => {
      const kept = known.get(challenge.id);
      if (kept) return kept;
      const life = Math.max(1, challenge.exp - challenge.context.at) * 1000;
      return { account, challenge, endsAt: now + (challenge.exp - message.server_time) * 1000, life };
    });
  return [...before.filter((request) => request.account !== account), ...listed].sort(
    (a, b) => b.challenge.context.at - a.challenge.context.at || (a.challenge.id < b.challenge.id ? 1 : -1),
  );
}

/** Those whose time is not up. */
export function stillOpen(requests: readonly OpenRequest[], now: number): readonly OpenRequest[] {
  return requests.every(({ endsAt }) => endsAt > now)
    ? requests
    : requests.filter(({ endsAt }) => endsAt > now);
}
