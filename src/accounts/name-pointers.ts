import { keys, MINUTE } from '../store/keys.ts';
import type { Live, Store } from '../store/port.ts';
import type { Account } from './account.ts';
import { normaliseEmail, normaliseName } from './names.ts';

/**
 * Sign-in names are keys of their own, `account-name/<normalised>` → `{ sub }`, claimed before the account says
 * that it has them. A pointer is true only while the account lists the name; one left by a crash between the two
 * writes is free again after a minute (younger ones may belong to a create that is still running).
 */
export interface NamePointer {
  readonly v: 1;
  readonly sub: string;
  /** Epoch ms on the store's clock. */
  readonly at: number;
}

const CLAIM_TIME = MINUTE;

/** Every normalised sign-in name of an account, each once. */
export function namesOf(account: Pick<Account, 'userName' | 'emails'>): string[] {
  return [
    ...new Set([
      normaliseName(account.userName, 'user name'),
      ...account.emails.map((email) => normaliseEmail(email.address)),
    ]),
  ];
}

export function hasName(account: Account, normalised: string): boolean {
  return namesOf(account).includes(normalised);
}

/** Takes the name for `sub`, put-if-absent; `false` when another account has it. */
export async function claimName(store: Store, normalised: string, sub: string): Promise<boolean> {
  const key = keys.accountName(normalised);
  const pointer: NamePointer = { v: 1, sub, at: await store.now() };
  if (await store.put(key, pointer, { if: 'absent', ttlMs: null })) return true;

  const found = await store.get<NamePointer>(key);
  if (!found || found.dead) return false;
  if (found.value.sub !== sub && !(await isStale(store, found, normalised))) return false;
  return (await store.put(key, pointer, { if: { version: found.version }, ttlMs: null })) !== false;
}

/** Gives the name back if it is still `sub`'s. */
export async function releaseName(store: Store, normalised: string, sub: string): Promise<void> {
  const key = keys.accountName(normalised);
  const found = await store.get<NamePointer>(key);
  if (found && !found.dead && found.value.sub === sub) await store.delete(key, { if: found.version });
}

/** Whether every name still leads to `sub` (a create that took over a minute may have lost one). */
export async function holdsNames(store: Store, normalised: readonly string[], sub: string): Promise<boolean> {
  const found = await store.getMany<NamePointer>(normalised.map((name) => keys.accountName(name)));
  return found.every((pointer) => pointer?.value?.sub === sub);
}

async function isStale(store: Store, pointer: Live<NamePointer>, normalised: string): Promise<boolean> {
  const owner = await store.get<Account>(keys.account(pointer.value.sub));
  if (owner && !owner.dead && hasName(owner.value, normalised)) return false;
  return (await store.now()) - pointer.value.at > CLAIM_TIME;
}
