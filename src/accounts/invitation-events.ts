import type { Audit } from '../audit/audit.ts';
import type { Device } from '../devices/device.ts';
import type { Enrolment } from '../devices/enrolment.ts';
import { fingerprint } from '../protocol/fingerprint.ts';

/** Writes down that an invitation's device is bound. @param others those that were active and that it replaced */
export function recordConfirmed(
  audit: Audit,
  requestId: string,
  { account, id: enrolment }: Enrolment,
  device: Device,
  others: readonly Device[],
): void {
  if (others.some((other) => other.id === device.id)) return; // sent twice
  const { id, name, kind, thumbprint } = device;
  audit.record(
    {
      type: 'device.confirmed',
      account,
      enrolment,
      device: id,
      name,
      kind,
      fingerprint: fingerprint(thumbprint),
    },
    { requestId },
  );
  const reason = 'replaced by an invitation';
  for (const other of others) {
    audit.record({ type: 'device.revoked', account, device: other.id, by: 'self', reason }, { requestId });
  }
}
