import { keys } from '../store/keys.ts';
import type { Store } from '../store/port.ts';
import type { Enrolment } from './enrolment.ts';
import { equalText } from './equal-text.ts';

/**
 * That an old device approved a new one: this key, by this enrolment, in a challenge made for it. The word of the
 * approval is kept apart from the enrolment, so that no code path that only opens or claims one can write it (R24).
 */
interface ApprovedEnrolment {
  readonly v: 1;
  readonly account: string;
  /** RFC 7638 thumbprint of the new device's key. */
  readonly thumbprint: string;
  /** The device that approved; `null` where a passkey did. */
  readonly by: string | null;
}

/** @param ttlMs as long as the enrolment itself may be confirmed. */
export async function approveEnrolment(
  store: Store,
  enrolmentId: string,
  approval: Omit<ApprovedEnrolment, 'v'>,
  ttlMs: number,
): Promise<void> {
  const record: ApprovedEnrolment = { v: 1, ...approval };
  await store.put(keys.approvedEnrolment(enrolmentId), record, { if: 'any', ttlMs });
}

/** Who approved exactly the device that claimed this enrolment: a device, or (`null`) a passkey. */
export async function enrolmentApprovedBy(
  store: Store,
  enrolment: Enrolment,
): Promise<string | null | undefined> {
  const found = (await store.get<ApprovedEnrolment>(keys.approvedEnrolment(enrolment.id)))?.value;
  if (found?.v !== 1 || found.account !== enrolment.account || !enrolment.device) return undefined;
  return equalText(found.thumbprint, enrolment.device.thumbprint) ? found.by : undefined;
}
