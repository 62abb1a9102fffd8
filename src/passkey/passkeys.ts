import { randomBytes } from 'node:crypto';
import { counterWentUp } from '../devices/approval-credential.ts';
import { keys } from '../store/keys.ts';
import type { Found, Store } from '../store/port.ts';
import { update } from '../store/update.ts';
import type { Passkey, PasskeyList, PasskeyNews } from './passkey.ts';

/** Passkeys of one account. */
export const MAX_PASSKEYS = 20;
const HANDLE_BYTES = 32;

/** A passkey and whose it is, as they were read. */
export interface FoundPasskey {
  readonly account: string;
  readonly handle: string;
  readonly passkey: Passkey;
}

export type NotAdded = 'full' | 'in-use';

export interface Passkeys {
  list(account: string): Promise<readonly Passkey[]>;
  /** The account's user handle, made at the first call. */
  handle(account: string): Promise<string>;
  /** By credential id alone. */
  find(id: string): Promise<FoundPasskey | undefined>;
  /** Doing it twice is doing it once. `in-use`: another account has, or had, this credential. */
  add(account: string, passkey: Passkey): Promise<NotAdded | undefined>;
  /** Its id stays reserved: a removed passkey never comes back. @returns what was removed. */
  remove(account: string, id: string): Promise<Passkey | undefined>;
  rename(account: string, id: string, name: string): Promise<Passkey | undefined>;
  /**
   * Notes a use. @returns `false` when its counter did not go up by now (two assertions with one number, of which one
   * has it), or when it was removed meanwhile.
   */
  noteUse(found: FoundPasskey, news: PasskeyNews): Promise<boolean>;
}

interface Owner {
  readonly v: 1;
  readonly account: string;
}

const listOf = (found: Found<PasskeyList>): PasskeyList | undefined =>
  found?.value?.v === 1 ? found.value : undefined;

export function createPasskeys(store: Store, now: () => number = Date.now): Passkeys {
  const read = async (account: string) => listOf(await store.get<PasskeyList>(keys.passkeys(account)));

  const newList = (): PasskeyList => ({
    v: 1,
    handle: randomBytes(HANDLE_BYTES).toString('base64url'),
    passkeys: [],
  });

  /** One passkey changed, or left out, in one compare-and-set. @returns it as it was. */
  async function change(account: string, id: string, edit: (passkey: Passkey) => Passkey | undefined) {
    let before: Passkey | undefined;
    await update<PasskeyList>(store, keys.passkeys(account), (current) => {
      const list = listOf(current);
      before = list?.passkeys.find((one) => one.id === id);
      if (!list || !before) return undefined;
      const passkeys = list.passkeys.flatMap((one) => (one.id === id ? (edit(one) ?? []) : one));
      return { value: { ...list, passkeys }, ttlMs: null };
    });
    return before;
  }

  return {
    list: async (account) => (await read(account))?.passkeys ?? [],

    async handle(account) {
      const there = await read(account);
      if (there) return there.handle;
      let list = newList();
      await update<PasskeyList>(store, keys.passkeys(account), (current) => {
        const theirs = listOf(current);
        if (theirs) list = theirs;
        return theirs ? undefined : { value: list, ttlMs: null };
      });
      return list.handle;
    },

    async find(id) {
      const owner = (await store.get<Owner>(keys.passkey(id)))?.value;
      if (owner?.v !== 1) return undefined;
      const list = await read(owner.account);
      const passkey = list?.passkeys.find((one) => one.id === id);
      return list && passkey && { account: owner.account, handle: list.handle, passkey };
    },

    async add(account, passkey) {
      const key = keys.passkey(passkey.id);
      const owner: Owner = { v: 1, account };
      if (!(await store.put(key, owner, { if: 'absent', ttlMs: null }))) {
        const there = (await store.get<Owner>(key))?.value;
        if (there?.account !== account) return 'in-use';
      }
      let refused: NotAdded | undefined;
      await update<PasskeyList>(store, keys.passkeys(account), (current) => {
        refused = undefined;
        const list = listOf(current) ?? newList();
        if (list.passkeys.some(({ id }) => id === passkey.id)) return undefined;
        if (list.passkeys.length >= MAX_PASSKEYS) refused = 'full';
        return refused
          ? undefined
          : { value: { ...list, passkeys: [...list.passkeys, passkey] }, ttlMs: null };
      });
      return refused;
    },

    remove: (account, id) => change(account, id, () => undefined),
    rename: (account, id, name) => change(account, id, (passkey) => ({ ...passkey, name })),

    async noteUse({ account, passkey }, news) {
      let taken = false;
      await change(account, passkey.id, (current) => {
        taken = counterWentUp(current.counter, news.counter);
        return taken ? { ...current, ...news, lastUsedAt: now() } : current;
      });
      return taken;
    },
  };
}
