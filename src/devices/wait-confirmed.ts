import type { DeviceApi } from './device-api.ts';
import { DeviceError } from './device-error.ts';
import { accountTopic } from './devices.ts';
import { enrolmentTopic } from './enrolments.ts';
import { type Caller, stateOf } from './identify.ts';

/**
 * Holds the status of a device that waits for its confirmation until it is confirmed or cancelled, or `waitMs` is over.
 * Registers first, then reads, then waits; the signed proof is spent, so the same device is only looked up again.
 *
 * @throws DeviceError `device_revoked` when it was removed meanwhile.
 */
export async function waitConfirmed(
  api: DeviceApi,
  caller: Caller,
  waitMs: number,
  signal: AbortSignal,
): Promise<Caller> {
  const { account, device, enrolment } = caller;
  const deadline = performance.now() + waitMs;
  for (;;) {
    const left = deadline - performance.now();
    const parked = new AbortController();
    const until = AbortSignal.any([signal, parked.signal]);
    // cancelling wakes the enrolment, being added wakes the account
    const topics = [enrolmentTopic(enrolment?.id ?? ''), accountTopic(account)];
    const woken = Promise.race(topics.map((topic) => api.waitFor(topic, Math.max(0, left), until)));
    try {
      const now = await standing();
      if (now.state !== 'pending' || left <= 0 || signal.aborted) return now;
      if ((await woken) !== 'woken') return await standing();
    } finally {
      parked.abort();
      woken.catch(() => {});
    }
  }

  async function standing(): Promise<Caller> {
    const enrolled = await api.devices.find(device.id);
    if (enrolled?.state === 'revoked') throw new DeviceError('device_revoked');
    if (enrolled) return { ...caller, device: enrolled, state: 'active' };
    const now = await api.enrolments.ofDevice(device.id);
    const state = now ? stateOf(now, await api.proofs.store.now()) : 'expired';
    return { ...caller, enrolment: now, state };
  }
}
