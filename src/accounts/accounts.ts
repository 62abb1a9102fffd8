import { randomBytes } from 'node:crypto';
import { keys, names } from '../store/keys.ts';
import type { Store } from '../store/port.ts';
import { update } from '../store/update.ts';
import type { Account, Profile } from './account.ts';
import { claimName, hasName, holdsNames, type NamePointer, namesOf, releaseName } from './name-pointers.ts';
import { NameProblem, normaliseEmail, tryNormaliseName } from './names.ts';
import { type NewAccountInput, newAccountSchema, profileSchema } from './schema.ts';

/** A user name or e-mail that another account signs in with. */
export class NameTaken extends NameProblem {
  constructor(field: string, was: string) {
    super(field, was, 'a name no other account has');
  }
}

export interface AccountPage {
  readonly accounts: readonly Account[];
  readonly next?: string;
}

/** Every change returns the account as it is afterwards, or `undefined` when there is no such account. */
export interface Accounts {
  /**
   * @param passwordHash PHC string; left out for a person who will be invited.
   * @throws ZodError for bad fields; NameTaken when a name is another account's (nothing is left behind).
   */
  create(person: NewAccountInput, passwordHash?: string | null): Promise<Account>;
  get(sub: string): Promise<Account | undefined>;
  /** By user name or any e-mail, in any spelling. Always two store calls, whether there is such a person or not (R42). */
  findByName(raw: string): Promise<Account | undefined>;
  setPassword(sub: string, passwordHash: string): Promise<Account | undefined>;
  /** Only if it was last changed then, as its owner saw it: what an admin has set meanwhile stays. */
  replacePassword(sub: string, changedAt: number | null, passwordHash: string): Promise<Account | undefined>;
  /**
   * A device has reported a sign-in for which the password was given at `given` (epoch s): unless it was changed since, it
   * has to be another. Any new password ends it.
   */
  requireNewPassword(sub: string, given: number): Promise<Account | undefined>;
  /** Only if the account has none yet. */
  setFirstPassword(sub: string, passwordHash: string): Promise<Account | undefined>;
  /** The same password under new parameters: only if the hash is still `from`; no change of password by its date. */
  replaceHash(sub: string, from: string, to: string): Promise<Account | undefined>;
  setDisabled(sub: string, disabled: boolean): Promise<Account | undefined>;
  /** Groups that policy names. */
  changeGroups(
    sub: string,
    change: { readonly add: readonly string[]; readonly remove: readonly string[] },
  ): Promise<Account | undefined>;
  /** Opens the window for a first device until then (epoch s), or closes it. */
  setFirstDeviceUntil(sub: string, until: number | null): Promise<Account | undefined>;
  /** Replaces the whole profile. @throws ZodError */
  setProfile(sub: string, profile: Profile): Promise<Account | undefined>;
  /** Adds it (unverified unless said), or sets `verified` of one the account has. @throws NameTaken, NameProblem */
  addEmail(sub: string, address: string, verified?: boolean): Promise<Account | undefined>;
  removeEmail(sub: string, address: string): Promise<Account | undefined>;
  /** Sign-out everywhere: what was proved or given out at or before this moment is dead. Only ever rises. */
  raiseNotBefore(sub: string, epochSeconds: number): Promise<Account | undefined>;
  /** In order of creation. */
  list(options?: { after?: string; limit?: number }): Promise<AccountPage>;
  /** `true` for the caller who removed it. Its `sub` is never given to anybody again. */
  remove(sub: string): Promise<boolean>;
}

/** Looked up for a name nobody has, so that both kinds of name cost the same. No real `sub` is this short. */
const NOBODY = '-';

export function createAccounts(options: { store: Store; now?: () => number }): Accounts {
  const { store } = options;
  const now = options.now ?? Date.now;
  const seconds = () => Math.floor(now() / 1000);
  const newPassword = (passwordHash: string) => ({
    passwordHash,
    passwordChangedAt: seconds(),
    passwordKnownSince: null,
  });

  async function get(sub: string): Promise<Account | undefined> {
    return (await store.get<Account>(keys.account(sub)))?.value;
  }

  async function change(sub: string, fields: (account: Account) => Partial<Account> | undefined) {
    const written = await update<Account>(store, keys.account(sub), (current) => {
      const changed = current && fields(current.value);
      return changed && { value: { ...current.value, ...changed } };
    });
    return written?.value ?? get(sub);
  }

  async function create(input: NewAccountInput, passwordHash: string | null = null): Promise<Account> {
    const person = newAccountSchema.parse(input);
    const sub = randomBytes(16).toString('base64url');
    const at = seconds();
    const account: Account = {
      v: 1,
      sub,
      ...person,
      profile: person.profile as Profile,
      emails: oncePerAddress(person.emails),
      passwordHash,
      passwordChangedAt: passwordHash === null ? null : at,
      notBefore: 0,
      createdAt: at,
      updatedAt: at,
    };
    const wanted = namesOf(account);
    const claimed: string[] = [];
    try {
      for (const name of wanted) {
        if (!(await claimName(store, name, sub))) throw new NameTaken(fieldOf(account, name), name);
        claimed.push(name);
      }
      await store.put(keys.account(sub), account, { if: 'absent', ttlMs: null });
      if (!(await holdsNames(store, wanted, sub))) throw new NameTaken('user name', person.userName);
      await store.index.add(names.accounts(), sub, { order: now(), ttlMs: null });
      return account;
    } catch (error) {
      await store.delete(keys.account(sub));
      for (const name of claimed) await releaseName(store, name, sub);
      throw error;
    }
  }

  async function findByName(raw: string): Promise<Account | undefined> {
    const normalised = tryNormaliseName(raw);
    const pointer = await store.get<NamePointer>(keys.accountName(normalised ?? NOBODY));
    const account = await get(pointer?.value?.sub ?? NOBODY);
    return account && normalised !== undefined && hasName(account, normalised) ? account : undefined;
  }

  async function addEmail(sub: string, address: string, verified?: boolean) {
    const normalised = normaliseEmail(address);
    const before = await get(sub);
    if (!before) return undefined;
    const had = hasName(before, normalised);
    if (!had && !(await claimName(store, normalised, sub))) throw new NameTaken('e-mail', normalised);
    return change(sub, ({ emails }) => ({
      emails: emails.some((email) => normaliseEmail(email.address) === normalised)
        ? emails.map((email) =>
            normaliseEmail(email.address) === normalised
              ? { ...email, verified: verified ?? email.verified }
              : email,
          )
        : [...emails, { address: address.trim(), verified: verified ?? false }],
      updatedAt: seconds(),
    }));
  }

  async function removeEmail(sub: string, address: string) {
    const normalised = normaliseEmail(address);
    const account = await change(sub, ({ emails }) => ({
      emails: emails.filter((email) => normaliseEmail(email.address) !== normalised),
      updatedAt: seconds(),
    }));
    if (account && !hasName(account, normalised)) await releaseName(store, normalised, sub);
    return account;
  }

  async function list({ after, limit = 100 }: { after?: string; limit?: number } = {}): Promise<AccountPage> {
    const page = await store.index.page(names.accounts(), after === undefined ? { limit } : { after, limit });
    const found = await store.getMany<Account>(page.entries.map(({ member }) => keys.account(member)));
    const accounts = found.flatMap((one) => (one && !one.dead ? [one.value] : []));
    return page.next === undefined ? { accounts } : { accounts, next: page.next };
  }

  async function remove(sub: string): Promise<boolean> {
    const account = await get(sub);
    const removed = await store.delete(keys.account(sub));
    for (const name of account ? namesOf(account) : []) await releaseName(store, name, sub);
    await store.index.remove(names.accounts(), sub);
    return removed;
  }

  return {
    create,
    get,
    findByName,
    addEmail,
    removeEmail,
    list,
    remove,
    setPassword: (sub, hash) => change(sub, () => newPassword(hash)),
    replacePassword: (sub, changedAt, hash) =>
      change(sub, ({ passwordChangedAt }) =>
        passwordChangedAt === changedAt ? newPassword(hash) : undefined,
      ),
    requireNewPassword: (sub, given) =>
      change(sub, ({ passwordChangedAt, passwordKnownSince: since }) =>
        passwordChangedAt === null || passwordChangedAt > given
          ? undefined
          : // The first report's: a later one must let nobody off who has signed in since.
            { passwordKnownSince: Math.min(since ?? given, given) },
      ),
    setFirstPassword: (sub, hash) =>
      change(sub, ({ passwordHash }) => (passwordHash === null ? newPassword(hash) : undefined)),
    replaceHash: (sub, from, to) =>
      change(sub, ({ passwordHash }) => (passwordHash === from ? { passwordHash: to } : undefined)),
    setDisabled: (sub, disabled) => change(sub, () => ({ disabled })),
    changeGroups: (sub, { add, remove }) =>
      change(sub, ({ groups = [] }) => ({
        groups: [...new Set([...groups, ...add])].filter((group) => !remove.includes(group)).sort(),
      })),
    setFirstDeviceUntil: (sub, until) => change(sub, () => ({ firstDeviceUntil: until })),
    setProfile: (sub, profile) => {
      const checked = profileSchema.parse(profile) as Profile;
      return change(sub, () => ({ profile: checked, updatedAt: seconds() }));
    },
    raiseNotBefore: (sub, epochSeconds) =>
      change(sub, ({ notBefore }) => (epochSeconds > notBefore ? { notBefore: epochSeconds } : undefined)),
  };
}

function oncePerAddress(emails: Account['emails']): Account['emails'] {
  const byName = new Map(emails.map((email) => [normaliseEmail(email.address), email]));
  return [...byName.values()];
}

function fieldOf(account: Account, normalised: string): string {
  return account.emails.some((email) => normaliseEmail(email.address) === normalised)
    ? 'e-mail'
    : 'user name';
}
