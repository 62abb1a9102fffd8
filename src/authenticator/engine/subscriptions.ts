import type { DeviceMessage } from '../../protocol/messages.ts';
import { changeAccount, type EnrolledAccount, enrolled, type StoredAccount } from '../storage/accounts.ts';
import { clientOf } from './clients.ts';
import { keepOfflineKey } from './offline-key.ts';

const LOCK = 'countersign-authenticator-push';

interface Standing {
  readonly account: EnrolledAccount;
  /** What the server says; absent when it was not heard. */
  readonly server: DeviceMessage | undefined;
}

/**
 * Looks whether each account's push still reaches this browser, and mends it: a subscription may have been lost or
 * renewed, never told to the server, or given up by the push service. For page and worker alike, one at a time.
 */
export async function mendSubscriptions(
  registration: ServiceWorkerRegistration,
  read: () => Promise<readonly StoredAccount[]>,
  permission: NotificationPermission,
): Promise<void> {
  const mend = async () => {
    const all = await read();
    const accounts = enrolled(all).filter(({ state }) => state === 'active');
    if (accounts.length > 0) await mendEach(registration, await Promise.all(accounts.map(ask)), permission);
    // No key, nobody to notify: what a cleared browser left behind would be an orphan at the push service.
    else if (all.length === 0) await (await registration.pushManager?.getSubscription())?.unsubscribe();
  };
  await (navigator.locks ? navigator.locks.request(LOCK, mend) : mend());
}

/** Brings what is kept of an account up to date, too. */
async function ask(account: EnrolledAccount): Promise<Standing> {
  const server = await clientOf(account)
    .status()
    .catch(() => undefined);
  if (server?.device.state !== 'active') return { account, server: undefined };
  await changeAccount(account.id, {
    name: server.device.name,
    userName: server.account.user_name,
    credential: server.device.credential !== undefined,
    pausedUntil: server.account.paused_until,
    reportedAt: server.account.reported_at,
    ...(server.application_server_key === undefined
      ? {}
      : { applicationServerKey: server.application_server_key }),
  });
  // Fetched while there is network, for the time when there is none.
  await keepOfflineKey(account, server).catch(() => {});
  return { account, server };
}

async function mendEach(
  registration: ServiceWorkerRegistration,
  standings: readonly Standing[],
  permission: NotificationPermission,
): Promise<void> {
  const key = standings
    .map(({ server, account }) => server?.application_server_key ?? account.applicationServerKey)
    .find((found) => found !== undefined);
  const push = registration.pushManager;
  let subscription = permission === 'granted' && key ? await subscribed(push, key) : undefined;
  const givenUp = standings.some(
    ({ account, server }) =>
      server?.device.push === false && subscription && account.endpoint === subscription.endpoint,
  );
  if (givenUp && key) {
    // The push service told the server that there is nothing at this address any more.
    await subscription?.unsubscribe();
    subscription = await subscribed(push, key);
  }
  const endpoint = subscription?.endpoint ?? null;
  await Promise.allSettled(
    standings
      .filter(
        ({ account, server }) =>
          (account.endpoint ?? null) !== endpoint || (server && server.device.push !== (endpoint !== null)),
      )
      .map(async ({ account }) => {
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
