import { DeviceApiError } from '../../protocol/device-api-error.ts';
import type { ChallengeMessage } from '../../protocol/messages.ts';
import { clientOf } from '../engine/clients.ts';
import { allAccounts, type EnrolledAccount, enrolled } from '../storage/accounts.ts';
import { type ChallengePush, notificationText, type PushMessage, readPush } from './push-message.ts';
import { worker } from './scope.ts';

/** ms a notification waits for the server's word; after that it is shown by what the push says. */
const ASK_MS = 1500;

/**
 * Shows a notification for every push, since a browser takes the subscription of who does not; and tells the server
 * that it arrived, which waits for no notification and holds none up.
 */
export async function onPush(data: PushMessageData | null): Promise<void> {
  const push = readPush(json(data));
  const accounts = enrolled(await allAccounts().catch(() => []));
  const standing = push?.type === 'challenge' ? howItStands(push, accounts) : undefined;
  await Promise.allSettled([standing, soon(standing).then((state) => showNotification(push, state))]);
}

type Standing = ChallengeMessage['state'] | 'unknown';

/** Whose request it is follows from who is told of it; the receipt goes out first. */
async function howItStands(
  push: ChallengePush,
  accounts: readonly EnrolledAccount[],
): Promise<Standing | undefined> {
  let answered = false;
  for (const account of accounts) {
    const client = clientOf(account);
    try {
      const [, { state }] = await Promise.all([
        client.receipt(push.id, 'delivered'),
        client.challenge(push.id),
      ]);
      return state;
    } catch (error) {
      if (error instanceof DeviceApiError) answered = true;
    }
  }
  return answered ? 'unknown' : undefined;
}

/** The server's word, unless it takes too long. */
async function soon(standing: Promise<Standing | undefined> | undefined): Promise<Standing | undefined> {
  const limit = new Promise<undefined>((resolve) => setTimeout(resolve, ASK_MS, undefined));
  return Promise.race([standing?.catch(() => undefined), limit]);
}

async function showNotification(push: PushMessage | undefined, state: Standing | undefined): Promise<void> {
  const { title, body, tag, quiet } = notificationText(push, state, Date.now());
  await worker.registration.showNotification(title, {
    body,
    tag,
    lang: 'en',
    icon: worker.BUILD.icon,
    silent: quiet,
    requireInteraction: !quiet,
    data: { request: push?.type === 'challenge' ? push.id : undefined },
  });
}

/** The request a notification is about. */
export function notificationOf(data: unknown): string | undefined {
  const request = (data as { request?: unknown } | null)?.request;
  return typeof request === 'string' ? request : undefined;
}

function json(data: PushMessageData | null): unknown {
  try {
    return data?.json();
  } catch {
    return undefined;
  }
}
