import { changeAccount, enrolled, type StoredAccount } from '../storage/accounts.ts';
import { clientOf } from './clients.ts';

/**
 * Looks whether each account's push still reaches this browser, and mends it: a subscription may have been lost,
 * renewed, or never told to the server. For the page and the worker alike.
 */
export async function mendSubscriptions(
  registration: ServiceWorkerRegistration,
  all: readonly StoredAccount[],
  permission: NotificationPermission,
): Promise<void> {
  const accounts = enrolled(all).filter(({ state }) => state === 'active');
  if (accounts.length === 0) {
    // No key, nobody to notify: what a cleared browser left behind would be an orphan at the push service.
    if (all.length === 0) await (await registration.pushManager?.getSubscription())?.unsubscribe();
    return;
  }
  const key = accounts.find(({ applicationServerKey }) => applicationServerKey)?.applicationServerKey;
  const subscription =
    permission === 'granted' && key ? await subscribed(registration.pushManager, key) : undefined;
  const endpoint = subscription?.endpoint ?? null;
  await Promise.allSettled(
    accounts
      .filter((account) => (account.endpoint ?? null) !== endpoint)
      .map(async (account) => {
        await clientOf(account).updateSubscription(subscription?.toJSON() ?? null);
        await changeAccount(account.id, { endpoint });
      }),
  );
}

async function subscribed(push: PushManager, key: string): Promise<PushSubscription> {
  const now = await push.getSubscription();
  if (now && sameKey(now.options.applicationServerKey, key)) return now;
  // A subscription for another server's key stands in the way of a new one.
  await now?.unsubscribe();
  return push.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

function sameKey(have: ArrayBuffer | null, want: string): boolean {
  if (!have) return true;
  const text = btoa(String.fromCharCode(...new Uint8Array(have)));
  return text.replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '') === want;
}
