import type { PendingMessage } from '../../protocol/messages.ts';
import { allAccounts, enrolled, type StoredAccount } from '../storage/accounts.ts';
import { clientOf } from './clients.ts';
import { backOffMs, failureOf, retryAfterMs } from './failures.ts';

/** What a listener hears, from the server itself or from the window that listens. */
export type News =
  | { readonly type: 'pending'; readonly account: string; readonly message: PendingMessage }
  | { readonly type: 'removed'; readonly account: string }
  | { readonly type: 'unreadable' }
  | { readonly type: 'connection'; readonly ok: boolean };

/** Seconds a poll is held. */
const HOLD_S = 25;
/** Polls held at once: a browser opens six connections to one host, and the answer needs one of them. */
const HELD_AT_ONCE = 3;
/** ms between looks for the accounts beyond those. */
const LOOK_MS = 5000;

type Tell = (news: News) => void;

const answering = async () => enrolled(await allAccounts()).filter(({ state }) => state === 'active');

/** Polls for every account of this device until `signal` aborts. */
export async function listen(signal: AbortSignal, tell: Tell): Promise<void> {
  const accounts = await answering();
  await Promise.all(
    accounts.map((account, index) => follow(account, index < HELD_AT_ONCE ? HOLD_S : 0, signal, tell)),
  );
}

/** Asks once for every account; a failure is left to the window that listens. */
export async function lookOnce(signal: AbortSignal, tell: Tell): Promise<void> {
  const look = async (account: StoredAccount) => {
    const message = await clientOf(account).pending({ signal });
    tell({ type: 'pending', account: account.id, message });
  };
  await Promise.allSettled((await answering()).map(look));
}

async function follow(account: StoredAccount, wait: number, signal: AbortSignal, tell: Tell): Promise<void> {
  const client = clientOf(account);
  let v: string | undefined;
  for (let failures = 0; !signal.aborted; ) {
    try {
      const held = v === undefined ? { signal } : { signal, wait, v };
      const message = await client.pending(held);
      failures = 0;
      v = message.v;
      tell({ type: 'connection', ok: true });
      tell({ type: 'pending', account: account.id, message });
      if (message.unreadable) tell({ type: 'unreadable' });
      const later = message['retry_after'];
      await pause(typeof later === 'number' ? later * 1000 : wait === 0 ? LOOK_MS : 0, signal);
    } catch (error) {
      if (signal.aborted) return;
      const failure = failureOf(error);
      if (failure === 'removed') return tell({ type: 'removed', account: account.id });
      if (failure === 'unreadable') tell({ type: 'unreadable' });
      failures++;
      if (failure === 'unreachable' || failure === 'refused') tell({ type: 'connection', ok: false });
      await pause(Math.max(backOffMs(failures, random), retryAfterMs(error)), signal);
    }
  }
}

/** 0 to 1. */
function random(): number {
  return (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms === 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
