import { readFileSync } from 'node:fs';
import type { Challenge } from '../approval/challenge.ts';
import { recordPush } from '../push/audit-events.ts';
import { createPushDispatcher } from '../push/dispatcher.ts';
import { forgetSubscription } from '../push/forget-subscription.ts';
import { createNotifier, type Notifier } from '../push/notify-devices.ts';
import { createPusher } from '../push/send.ts';
import type { VapidKeys } from '../push/vapid.ts';
import type { Services } from '../services.ts';
import { subjectOf } from '../settings.ts';

export interface PushParts {
  readonly notifier: Notifier;
  close(): Promise<void>;
}

/** From a challenge to the push services that wake its devices. */
export function composePush(
  { config, devices, audit }: Services,
  vapidKeys: VapidKeys,
  onSent: (challenge: Challenge, device: string) => Promise<void>,
): PushParts {
  const { allowedHosts, allowPrivate, timeout, caFile } = config.push;
  const dispatcher = createPushDispatcher({
    allowedHosts,
    allowPrivate,
    timeoutMs: timeout,
    ...(caFile === undefined ? {} : { ca: readFileSync(caFile, 'utf8') }),
  });
  const notifier = createNotifier({
    pusher: createPusher({ vapidKeys, subject: subjectOf(config), dispatcher }),
    record: (event) => recordPush(audit, event),
    onGone: (device, endpoint) => forgetSubscription(devices, device, endpoint),
    onSent,
  });
  return {
    notifier,
    async close() {
      await notifier.close();
      await dispatcher.close();
    },
  };
}
