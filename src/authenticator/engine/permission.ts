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
