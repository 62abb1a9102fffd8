import type { Audit } from '../audit/audit.ts';
import type { Device } from '../devices/device.ts';
import type { Enrolment } from '../devices/enrolment.ts';
import { fingerprint } from '../protocol/fingerprint.ts';

/**
 * Writes down that an invitation's device is bound.
 *
 * @param before the devices that were active; with `replaces` they are not any more
 * @returns `false` when that was done before
 */
export function recordConfirmed(
  audit: Audit,
  requestId: string,
  { account, id: enrolment }: Enrolment,
  device: Device,
  { before, replaces }: { readonly before: readonly Device[]; readonly replaces: boolean },
): boolean {
  if (before.some((other) => other.id === device.id)) return false; // sent twice
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
  for (const other of replaces ? before : []) {
    audit.record({ type: 'device.revoked', account, device: other.id, by: 'self', reason }, { requestId });
  }
  return true;
}
