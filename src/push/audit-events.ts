import type { Audit } from '../audit/audit.ts';
import type { PushEvent } from './notify-devices.ts';

/** Writes down what became of a push. */
export function recordPush(audit: Audit, event: PushEvent): void {
  const { account, device, attempts } = event;
  // A challenge's id ends with its chain; a notice's stands for itself.
  const on = { account, chain: event.about.split('.')[1] ?? event.about, device };
  if (event.outcome === 'delivered-to-service') {
    audit.record({ type: 'push.sent', ...on, attempts });
  } else if (event.outcome === 'gone') {
    audit.record({ type: 'push.subscription_removed', account, device });
  } else {
    audit.record({
      type: 'push.failed',
      ...on,
      attempts,
      reason: event.error ?? String(event.status ?? event.outcome),
    });
  }
}
