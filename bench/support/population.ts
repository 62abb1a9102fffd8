import { randomBytes } from 'node:crypto';
import type { Account } from '../../src/accounts/account.ts';
import { keys, names } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/port.ts';

const AT_ONCE = 1_000;

/** The sign-in name of one of a population. */
export const nameOf = (i: number): string => `member-${i}`;

/** Writes accounts as `accounts.create` does, without its checks of what is there: a million in about a minute. */
export async function populate(store: Store, count: number, passwordHash: string): Promise<void> {
  const at = Math.floor(Date.now() / 1000);
  for (let from = 0; from < count; from += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, i) => from + i);
    await Promise.all(some.flatMap((i) => writes(store, i, at, passwordHash)));
  }
}

function writes(store: Store, i: number, at: number, passwordHash: string): Promise<unknown>[] {
  const sub = randomBytes(16).toString('base64url');
  const userName = nameOf(i);
  const account: Account = {
    v: 1,
    sub,
    userName,
    emails: [],
    passwordHash,
    passwordChangedAt: at,
    disabled: false,
    notBefore: 0,
    createdAt: at,
    updatedAt: at,
    profile: {},
  };
  const forEver = { if: 'absent', ttlMs: null } as const;
  return [
    store.put(keys.account(sub), account, forEver),
    store.put(keys.accountName(userName), { v: 1, sub, at: at * 1000 }, forEver),
    store.index.add(names.accounts(), sub, { order: at * 1000, ttlMs: null }),
  ];
}
