import type { DeviceAlgorithm, PublicDeviceJwk } from '../../protocol/device-key.ts';
import { changeInStore, inStore } from './database.ts';

/**
 * One account on this device: a key of its own, and what the server said about it.
 * `enrolling`: the key is made, the link not spent yet; `pending`: waits to be confirmed in the browser.
 */
export interface StoredAccount {
  /** Local, random. */
  readonly id: string;
  readonly issuer: string;
  readonly state: 'enrolling' | 'pending' | 'active';
  readonly alg: DeviceAlgorithm;
  readonly jwk: PublicDeviceJwk;
  /** Not extractable: it can sign here, and that is all. */
  readonly key: CryptoKey;
  /** Epoch ms. */
  readonly addedAt: number;
  /** Device id at the server, from the enrolment on. */
  readonly kid?: string;
  readonly userName?: string;
  readonly name: string;
  readonly fingerprint?: string;
  /** Approvals need the phone's fingerprint, face or PIN. */
  readonly credential?: boolean;
  /** Epoch seconds: until then no browser may ask. */
  readonly pausedUntil?: number | undefined;
  /** Somebody's request was reported then, epoch seconds: browsers the account does not know cannot ask. */
  readonly reportedAt?: number | undefined;
  /** Codes without network: the key that makes them, and the server's name for it. */
  readonly offline?: { readonly generation: string; readonly key: CryptoKey } | undefined;
  /** VAPID key for `PushManager.subscribe`. */
  readonly applicationServerKey?: string;
  /** The endpoint the server was last told; `null`: none. */
  readonly endpoint?: string | null;
}

export async function allAccounts(): Promise<readonly StoredAccount[]> {
  const found = await inStore('readonly', (store) => store.getAll() as IDBRequest<StoredAccount[]>);
  return found.sort((a, b) => a.addedAt - b.addedAt);
}

export async function addAccount(account: StoredAccount): Promise<void> {
  await inStore('readwrite', (store) => store.add(account));
}

/** @returns the account as it is now, or `undefined` when it is gone: then nothing is written. */
export function changeAccount(
  id: string,
  change: Partial<Omit<StoredAccount, 'id' | 'key' | 'jwk' | 'alg'>>,
): Promise<StoredAccount | undefined> {
  return changeInStore<StoredAccount>(id, (account) => ({ ...account, ...change }));
}

export async function dropAccount(id: string): Promise<void> {
  await inStore('readwrite', (store) => store.delete(id));
}

/** Accounts that can answer. */
export function enrolled(accounts: readonly StoredAccount[]): readonly EnrolledAccount[] {
  return accounts.filter((account) => account.kid !== undefined) as readonly EnrolledAccount[];
}

export type EnrolledAccount = StoredAccount & { readonly kid: string };
