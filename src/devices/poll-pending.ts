import { createHash } from 'node:crypto';
import type { Challenge } from '../approval/challenge.ts';
import type { PendingMessage } from '../protocol/messages.ts';
import type { DeviceApi } from './device-api.ts';
import { DeviceError } from './device-error.ts';
import { challengeMessageOf, credentialMessageOf } from './device-messages.ts';
import { accountTopic } from './devices.ts';
import type { Caller } from './identify.ts';

/** Asked to come back later because too many polls of this account are parked already. */
const BUSY_RETRY_S = 5;

export interface Poll {
  readonly waitMs: number;
  /** What the device has seen; anything else is answered at once. */
  readonly seen: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * The requests waiting for one device, held until the list differs from what it has seen. Each round registers the
 * waiter, then reads, then waits, so that a wake in between is not lost; a wake is only a hint to read again.
 *
 * @throws DeviceError `device_revoked` when the device is removed meanwhile (R23).
 */
export async function pollPending(
  api: DeviceApi,
  caller: Caller,
  poll: Poll,
): Promise<PendingMessage & { retry_after?: number }> {
  const { account, device } = caller;
  let deadline = performance.now() + poll.waitMs;
  for (let first = true; ; first = false) {
    const left = deadline - performance.now();
    const parked = new AbortController();
    const signal = AbortSignal.any([poll.signal, parked.signal]);
    const woken = left > 0 ? api.waitFor(accountTopic(account), left, signal) : undefined;
    try {
      // Removed between the proof's look and the waiter's: that wake has passed by.
      const [challenges, standing] = await Promise.all([
        api.approvals.pending(device),
        woken || !first ? api.devices.find(device.id) : device,
      ]);
      const version = versionOf(challenges);
      if (standing?.state !== 'active') throw new DeviceError('device_revoked');
      const credential = credentialMessageOf(device, api.party);
      const message = {
        v: version,
        challenges: challenges.map((challenge) => challengeMessageOf(challenge, 'pending', credential)),
        server_time: Math.floor((await api.proofs.store.now()) / 1000),
      };
      if (!woken || version !== poll.seen || poll.signal.aborted) return message;
      const how = await woken;
      if (how === 'busy') return { ...message, retry_after: BUSY_RETRY_S };
      // also at shutdown: read once more (F15), and answer
      if (how === 'timeout') deadline = 0;
    } finally {
      parked.abort();
      // an aborted waiter may reject; nobody listens any more
      woken?.catch(() => {});
    }
  }
}

/** Ids are random and never come back, so equal versions mean equal lists. */
function versionOf(challenges: readonly Challenge[]): string {
  const ids = challenges.map((c) => c.id).sort();
  return createHash('sha256').update(ids.join(' ')).digest('base64url').slice(0, 22);
}
