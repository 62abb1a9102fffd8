import type { Audit } from '../audit/audit.ts';
import type { PushEvent } from './notify-devices.ts';

/** Writes down what became of a push. */
export function recordPush(audit: Audit, event: PushEvent): void {
  const on = { account: event.account, chain: event.challenge.split('.')[1] ?? '', device: event.device };
  if (event.outcome === 'delivered-to-service') {
    audit.record({ type: 'push.sent', ...on, service: '', ms: 0 });
  } else if (event.outcome === 'gone') {
    audit.record({
      type: 'push.subscription_removed',
      account: event.account,
      device: event.device,
      service: '',
    });
  } else {
    audit.record({
      type: 'push.failed',
      ...on,
      service: '',
      reason: event.error ?? String(event.status ?? event.outcome),
    });
  }
}
