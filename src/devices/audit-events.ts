import type { Audit } from '../audit/audit.ts';
import { fingerprint } from '../protocol/fingerprint.ts';
import type { DeviceEvent } from './device-api.ts';

/** Writes down what devices do by the device API. */
export function recordDeviceEvent(audit: Audit, event: DeviceEvent): void {
  switch (event.type) {
    case 'device.claimed':
      audit.record({
        type: 'device.claimed',
        account: event.account,
        enrolment: event.enrolment,
        name: event.device.name,
        kind: event.device.kind,
        fingerprint: fingerprint(event.device.thumbprint),
      });
      return;
    case 'device.credential_added':
      audit.record({
        type: 'device.credential_added',
        account: event.account,
        device: event.device.id,
        authenticator: event.credential.aaguid,
        synced: event.credential.backupEligible,
      });
      return;
    case 'device.renamed':
      audit.record({
        type: 'device.renamed',
        account: event.account,
        device: event.device.id,
        name: event.device.name,
      });
      return;
    case 'device.removed':
      audit.record({
        type: 'device.revoked',
        account: event.account,
        device: event.device.id,
        by: 'device',
        reason: 'removed itself',
      });
      return;
    case 'device.subscription':
      audit.record({
        type: 'device.subscription_changed',
        account: event.account,
        device: event.device.id,
        push: event.device.subscription !== null,
      });
      return;
    case 'device.refused':
      return;
  }
}
