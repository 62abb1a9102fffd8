import { createHash, randomBytes } from 'node:crypto';
import type { Audit } from '../audit/audit.ts';
import type { Actor } from '../audit/events.ts';
import { DAY, HOUR, keys, MINUTE } from '../store/keys.ts';
import type { Store } from '../store/port.ts';
import { update } from '../store/update.ts';
import type { Account } from './account.ts';
import type { Accounts } from './accounts.ts';
import {
  type Begun,
  type Bound,
  bind,
  cancel,
  giveBack,
  type Invitation,
  renew,
  spend,
} from './invitation.ts';

const INVITATION_LIFE_MS = 72 * HOUR;
/** Of one begun in the middle of a sign-in: as long as somebody sits in front of it. */
const BEGUN_LIFE_MS = 30 * MINUTE;
/** The record outlives the link, so that its owner hears "too old" and not "unknown". */
const KEEP_AFTER_MS = 30 * DAY;
const SECRET = /^[A-Za-z0-9_-]{22}$/;

export interface OpenedInvitation {
  /** SHA-256 of the secret: names the invitation, opens nothing. */
  readonly id: string;
  readonly account: Account;
  /** `void`: a newer one took its place. */
  readonly state: Invitation['state'] | 'expired' | 'void';
  readonly replaces: boolean;
  readonly browser?: string;
  readonly enrolment?: string;
  readonly begun?: Begun;
  /** When it was read, epoch ms on the store's clock. */
  readonly now: number;
}

export interface Invitations {
  /**
   * Makes the account's one valid invitation: every older one is void from now on.
   *
   * @returns the secret (128 bits, base64url), which is nowhere else, and when it ends (epoch ms).
   */
  create(
    account: Account,
    options: {
      readonly by: Actor;
      readonly replaces?: boolean;
      readonly reason?: string;
      readonly begun?: Begun;
    },
  ): Promise<{ readonly secret: string; readonly expiresAt: number }>;
  /** Reads it; spends nothing. `undefined` for a secret nobody was given, or when the account is gone or disabled. */
  open(secret: string): Promise<OpenedInvitation | undefined>;
  /** After the password step. `false` when it was spent or cancelled meanwhile. */
  bind(id: string, to: Bound): Promise<boolean>;
  renew(id: string, to: Bound): Promise<boolean>;
  /** `true` for the bound browser and the enrolment it was shown; any number of times. */
  spend(id: string, by: Bound): Promise<boolean>;
  giveBack(id: string, by: Bound): Promise<void>;
  /** Ends the account's open invitation. `false` when there is none. */
  cancel(account: string): Promise<boolean>;
  /** Ends the open one, if the person began it in this way. */
  cancelBegun(account: string, by: Begun['by']): Promise<boolean>;
}

interface Pointer {
  readonly invitation: string;
}

export function createInvitations(options: {
  readonly store: Store;
  readonly accounts: Accounts;
  readonly audit: Audit;
}): Invitations {
  const { store, accounts, audit } = options;

  async function move(id: string, step: (invitation: Invitation) => Invitation | undefined) {
    const written = await update<Invitation>(store, keys.invitation(id), (current) => {
      const next = current && step(current.value);
      return next && { value: next };
    });
    return written !== undefined;
  }

  async function newestOf(account: string): Promise<string | undefined> {
    return (await store.get<Pointer>(keys.invitationOf(account)))?.value?.invitation;
  }

  return {
    async create(account, { by, replaces = false, reason, begun }) {
      const secret = randomBytes(16).toString('base64url');
      const id = hashOf(secret);
      const lifeMs = begun ? BEGUN_LIFE_MS : INVITATION_LIFE_MS;
      const ttlMs = lifeMs + KEEP_AFTER_MS;
      const expiresAt = (await store.now()) + lifeMs;
      const invitation: Invitation = {
        v: 1,
        account: account.sub,
        replaces,
        expiresAt,
        state: 'open',
        ...(begun ? { begun } : {}),
      };
      await store.put(keys.invitation(id), invitation, { if: 'absent', ttlMs });
      await store.put(keys.invitationOf(account.sub), { invitation: id }, { if: 'any', ttlMs });
      audit.record({
        type: 'account.invited',
        account: account.sub,
        by,
        replacesDevices: replaces,
        ...(reason === undefined ? {} : { reason }),
      });
      return { secret, expiresAt };
    },

    async open(secret) {
      if (!SECRET.test(secret)) return undefined;
      const id = hashOf(secret);
      const found = (await store.get<Invitation>(keys.invitation(id)))?.value;
      const account = found && (await accounts.get(found.account));
      if (!found || !account || account.disabled) return undefined;
      const { replaces, browser, enrolment, begun } = found;
      const now = await store.now();
      return {
        id,
        account,
        state: await stateOf(found, id, account, now),
        replaces,
        now,
        ...(browser === undefined ? {} : { browser }),
        ...(enrolment === undefined ? {} : { enrolment }),
        ...(begun ? { begun } : {}),
      };
    },

    bind: (id, to) => move(id, (invitation) => bind(invitation, to)),
    renew: (id, to) => move(id, (invitation) => renew(invitation, to)),
    spend: (id, by) => move(id, (invitation) => spend(invitation, by)),
    giveBack: async (id, by) => {
      await move(id, (invitation) => giveBack(invitation, by));
    },
    async cancel(account) {
      const id = await newestOf(account);
      return id !== undefined && (await move(id, cancel));
    },
    async cancelBegun(account, by) {
      const id = await newestOf(account);
      return (
        id !== undefined &&
        (await move(id, (invitation) => (invitation.begun?.by === by ? cancel(invitation) : undefined)))
      );
    },
  };

  async function stateOf(
    found: Invitation,
    id: string,
    account: Account,
    now: number,
  ): Promise<OpenedInvitation['state']> {
    if (found.state === 'spent' || found.state === 'cancelled') return found.state;
    if (found.begun && account.notBefore >= found.begun.at) return 'void';
    if ((await newestOf(found.account)) !== id) return 'void';
    return now >= found.expiresAt ? 'expired' : found.state;
  }
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
