import { accountOfDevice } from '../protocol/device-id.ts';
import type { DeviceMessage } from '../protocol/messages.ts';
import type { ProofClaims } from '../protocol/proof.ts';
import type { Device } from './device.ts';
import type { DeviceApi } from './device-api.ts';
import { DeviceError } from './device-error.ts';
import { type Enrolment, isExpired } from './enrolment.ts';
import { type ProofCall, verifyProof } from './verify-proof.ts';

/** Who signed a call, and how far their enrolment is. */
export interface Caller {
  readonly account: string;
  readonly device: Device;
  readonly state: DeviceMessage['device']['state'];
  readonly claims: ProofClaims;
  /** There while the device is not enrolled. */
  readonly enrolment: Enrolment | undefined;
}

/**
 * Identifies the device behind a call, also one that waits for its confirmation.
 *
 * @throws DeviceError as `verifyProof`, and `device_revoked` (told only to the holder of the key).
 */
export async function identify(api: DeviceApi, call: ProofCall): Promise<Caller> {
  let enrolment: Enrolment | undefined;
  const { device, claims } = await verifyProof(call, {
    ...api.proofs,
    findDevice: async (id) => {
      const enrolled = await api.devices.find(id);
      if (enrolled) return enrolled;
      enrolment = await api.enrolments.ofDevice(id);
      return enrolment?.device;
    },
  });
  if (device.state === 'revoked') throw new DeviceError('device_revoked');
  if (!enrolment) await api.devices.touch(device);
  const state = enrolment ? stateOf(enrolment, await api.proofs.store.now()) : 'active';
  return { account: accountOfDevice(device.id), device, state, claims, enrolment };
}

/** @throws DeviceError `device_pending` before the confirmation, `device_revoked` when it will not come. */
export async function identifyActive(api: DeviceApi, call: ProofCall): Promise<Caller> {
  const caller = await identify(api, call);
  if (caller.state === 'active') return caller;
  throw new DeviceError(caller.state === 'pending' ? 'device_pending' : 'device_revoked');
}

/** How far an enrolment is, for the device that came by it. */
export function stateOf(enrolment: Enrolment, now: number): 'pending' | 'cancelled' | 'expired' {
  if (enrolment.state === 'cancelled') return 'cancelled';
  return enrolment.state !== 'bound' && isExpired(enrolment, now) ? 'expired' : 'pending';
}
