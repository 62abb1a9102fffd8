import { createPushDispatcher } from '../../../src/push/dispatcher.ts';
import { createPusher, type PushResult } from '../../../src/push/send.ts';
import { generateVapidKeys } from '../../../src/push/vapid.ts';
import type { PhonePushService } from './phone.ts';

/** The provider's own sending of pushes, without the rest of it. */
export interface TestPusher {
  /** The `applicationServerKey`. */
  readonly publicKey: string;
  /** @param subscription as the page's `JSON.stringify(subscription)`. */
  send(subscription: string, payload: object, topic?: string): Promise<PushResult>;
  close(): Promise<void>;
}

export async function createTestPusher(service: PhonePushService): Promise<TestPusher> {
  const vapidKeys = await generateVapidKeys();
  const dispatcher = createPushDispatcher({
    allowedHosts: ['localhost'],
    allowPrivate: true,
    ca: service.posts.ca,
    timeoutMs: 1000,
  });
  const pusher = createPusher({ vapidKeys, subject: 'mailto:tests@localhost', dispatcher });
  return {
    publicKey: vapidKeys.publicKey,
    send(subscription, payload, topic) {
      const { endpoint, keys } = JSON.parse(subscription);
      return pusher.send({ endpoint: service.reachable(endpoint), keys }, payload, {
        ttlS: 5,
        urgency: 'high',
        ...(topic === undefined ? {} : { topic }),
      });
    },
    close: () => dispatcher.close(),
  };
}
