import webPush from 'web-push';
import type { PushSubscriptionRecord } from '../../src/devices/device.ts';
import { createPushDispatcher } from '../../src/push/dispatcher.ts';
import { createPusher, type Pusher } from '../../src/push/send.ts';
import { generateVapidKeys } from '../../src/push/vapid.ts';
import { answerAsks } from './child.ts';

/** Sends with Countersign's pusher and with web-push as it comes; the certificate comes by NODE_EXTRA_CA_CERTS. */
const vapidKeys = await generateVapidKeys();
const subject = 'mailto:bench@example.com';
const TTL_S = 120;
const message = { kind: 'challenge', id: 'x'.repeat(80), app: 'Bench app' };
/** web-push pads nothing: it gets as many bytes as ours has after padding. */
const stockPayload = JSON.stringify(message).padEnd(896, ' ');

let subscriptions: readonly PushSubscriptionRecord[] = [];
let pusher: Pusher | undefined;

async function cpuOf(count: number, send: (subscription: PushSubscriptionRecord) => Promise<unknown>) {
  const before = process.cpuUsage();
  for (let i = 0; i < count; i++) await send(subscriptions[i % subscriptions.length]!);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / count;
}

answerAsks({
  prepare({ ca, records }: { ca: string; records: PushSubscriptionRecord[] }) {
    subscriptions = records;
    const dispatcher = createPushDispatcher({ allowedHosts: ['localhost'], allowPrivate: true, ca });
    pusher = createPusher({ vapidKeys, subject, dispatcher });
  },
  ours: (count: number) =>
    cpuOf(count, async (subscription) => {
      const sent = await pusher!.send(subscription, message, { ttlS: TTL_S, urgency: 'high' });
      if (sent.outcome !== 'delivered-to-service') throw new Error(JSON.stringify(sent));
    }),
  stock: (count: number) =>
    cpuOf(count, (subscription) =>
      webPush.sendNotification(subscription, stockPayload, {
        TTL: TTL_S,
        urgency: 'high',
        vapidDetails: { subject, publicKey: vapidKeys.publicKey, privateKey: vapidKeys.privateJwk.d },
      }),
    ),
});
