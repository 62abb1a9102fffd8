import type { Audit } from '../audit/audit.ts';
import { approveEnrolment } from '../devices/approved-enrolment.ts';
import type { Device } from '../devices/device.ts';
import { DeviceError } from '../devices/device-error.ts';
import type { Devices } from '../devices/devices.ts';
import { ENROLMENT_LIFE_MS, type Enrolments } from '../devices/enrolments.ts';
import { fingerprint } from '../protocol/fingerprint.ts';
import type { Tell } from '../push/notices.ts';
import type { Store } from '../store/port.ts';
import type { Change } from './change.ts';

export interface ApplyDependencies {
  readonly store: Store;
  readonly devices: Devices;
  readonly enrolments: Enrolments;
  readonly audit: Audit;
  /** Tells every device of the account but these. */
  readonly tell: Tell;
}

export type Applied = { readonly done: Device } | { readonly not: NotDone };

/** It came too late, was turned down meanwhile, or the account's devices would not have it. */
export type NotDone = 'expired' | 'cancelled' | 'gone' | 'full';

/**
 * Does what an old device has approved. Doing it twice is doing it once; only the first is written down and told.
 *
 * @param by the device that approved; it has to be there still when the change is written.
 */
export async function applyChange(deps: ApplyDependencies, change: Change, by: string): Promise<Applied> {
  try {
    return change.act.kind === 'add-device'
      ? await addDevice(deps, change.account, change.act, by)
      : await removeDevice(deps, change.account, change.act.device, by);
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    return { not: error.code === 'too_many_devices' ? 'full' : 'gone' };
  }
}

async function addDevice(
  deps: ApplyDependencies,
  account: string,
  act: { readonly enrolment: string; readonly thumbprint?: string },
  by: string,
): Promise<Applied> {
  const { store, devices, enrolments, audit } = deps;
  const { enrolment, thumbprint = '' } = act;
  const before = await devices.active(account);
  await approveEnrolment(store, enrolment, { account, thumbprint, by }, ENROLMENT_LIFE_MS);
  const outcome = await enrolments.confirm(account, enrolment, thumbprint);
  if (outcome !== 'bound') return { not: outcome === 'expired' ? 'expired' : 'cancelled' };
  const device = (await devices.active(account)).find((one) => one.thumbprint === thumbprint);
  if (!device) return { not: 'gone' };
  if (!before.some(({ id }) => id === device.id)) {
    const { id, name, kind } = device;
    audit.record({
      type: 'device.confirmed',
      account,
      enrolment,
      device: id,
      name,
      kind,
      fingerprint: fingerprint(thumbprint),
      approvedBy: by,
    });
    deps.tell(account, { notice: 'device-added', device: name }, [id, by]);
  }
  return { done: device };
}

async function removeDevice(
  deps: ApplyDependencies,
  account: string,
  id: string,
  by: string,
): Promise<Applied> {
  const { devices, audit } = deps;
  const before = (await devices.list(account)).find((one) => one.id === id);
  if (!before) return { not: 'gone' };
  if (before.state === 'revoked') return { done: before };
  const device = await devices.revoke(account, id, { approvedBy: by });
  const reason = 'removed by its owner on their own pages';
  audit.record({ type: 'device.revoked', account, device: id, by: 'self', reason, approvedBy: by });
  deps.tell(account, { notice: 'device-removed', device: device.name }, [id, by]);
  return { done: device };
}
