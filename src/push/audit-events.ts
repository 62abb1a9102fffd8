import type { Audit } from '../audit/audit.ts';
import type { PushEvent } from './notify-devices.ts';

/** Writes down what became of a push. */
export function recordPush(audit: Audit, event: PushEvent): void {
  const { account, device, attempts } = event;
  const on = { account, chain: event.challenge.split('.')[1] ?? '', device };
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
