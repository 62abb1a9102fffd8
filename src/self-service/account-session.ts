import type { Account } from '../accounts/account.ts';
import { keys, MINUTE } from '../store/keys.ts';
import type { Store } from '../store/port.ts';
import { update } from '../store/update.ts';
import { formTokenOf, newAccountCookie, sessionIdOf } from './account-cookies.ts';

/** A person signed in to their own pages; under the hash of a cookie that nobody can have planted. */
export interface AccountSession {
  readonly v: 1;
  readonly account: string;
  /** `uid` of the provider's session it came from: it ends with that one. */
  readonly session: string;
  /** SHA-256 of the `browser` cookie: another browser with the cookie is nobody. */
  readonly browser: string;
  /** Epoch seconds: when the person last proved themselves. */
  readonly authTime: number;
  /** Epoch ms on the store's clock; written at most once a minute. */
  readonly seenAt: number;
}

/** Who a request of these pages comes from. */
export interface SignedIn {
  readonly account: Account;
  /** Hash of the cookie; names the session and opens nothing. */
  readonly id: string;
  readonly browser: string;
  /** What its forms carry. */
  readonly formToken: string;
}

export interface AccountSessions {
  /** @returns the cookie's value, which is stored nowhere. */
  start(from: Omit<AccountSession, 'v' | 'seenAt'>): Promise<string>;
  /** `undefined` when it ended: by itself, by a sign-out here or everywhere, or because the account may not any more. */
  find(cookie: string, browser: string): Promise<SignedIn | undefined>;
  end(cookie: string): Promise<void>;
}

export interface AccountSessionOptions {
  readonly store: Store;
  readonly accounts: { get(sub: string): Promise<Account | undefined> };
  /** ms after the proof, whatever is done. */
  readonly lifeMs: number;
  /** ms without a request. */
  readonly idleMs: number;
}

const SEEN_EVERY_MS = MINUTE;

export function createAccountSessions(options: AccountSessionOptions): AccountSessions {
  const { store, accounts, lifeMs, idleMs } = options;

  return {
    async start(from) {
      const cookie = newAccountCookie();
      const session: AccountSession = { v: 1, ...from, seenAt: await store.now() };
      await store.put(keys.accountSession(sessionIdOf(cookie)), session, { if: 'absent', ttlMs: lifeMs });
      return cookie;
    },

    async find(cookie, browser) {
      const id = sessionIdOf(cookie);
      const session = (await store.get<AccountSession>(keys.accountSession(id)))?.value;
      if (session?.v !== 1 || session.browser !== browser) return undefined;
      const [account, ended, now] = await Promise.all([
        accounts.get(session.account),
        store.get(keys.sessionEnded(session.session)),
        store.now(),
      ]);
      if (!account || account.disabled || ended || session.authTime <= account.notBefore) return undefined;
      if (now >= session.authTime * 1000 + lifeMs || now >= session.seenAt + idleMs) return undefined;
      if (now >= session.seenAt + SEEN_EVERY_MS) {
        await update<AccountSession>(
          store,
          keys.accountSession(id),
          (current) =>
            current && { value: { ...current.value, seenAt: Math.max(current.value.seenAt, now) } },
        );
      }
      return { account, id, browser, formToken: formTokenOf(cookie) };
    },

    async end(cookie) {
      await store.delete(keys.accountSession(sessionIdOf(cookie)));
    },
  };
}
