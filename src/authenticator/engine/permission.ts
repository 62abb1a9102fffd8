import { requestTag } from './request-tag.ts';
import type { Notifications } from './state.ts';

/** What this browser lets us do, without asking anybody. */
export function notificationsNow(): Notifications {
  if (!('Notification' in globalThis) || !('PushManager' in globalThis) || !('serviceWorker' in navigator)) {
    return 'none';
  }
  return Notification.permission;
}

/** Asks the person; only ever called by their click, and nothing waits for the answer, which may never come. */
export async function askForNotifications(): Promise<Notifications> {
  if (notificationsNow() === 'none') return 'none';
  await Notification.requestPermission();
  return notificationsNow();
}

/** A request that is over here needs no notification any more. */
export async function closeNotification(registration: ServiceWorkerRegistration, id: string): Promise<void> {
  const shown = await registration.getNotifications({ tag: requestTag(id) }).catch(() => []);
  for (const notification of shown) notification.close();
}
