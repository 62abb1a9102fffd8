import { randomBytes } from 'node:crypto';
import { KEPT_MS } from '../approval/approval-dependencies.ts';
import type { Approvals } from '../approval/approvals.ts';
import type { Challenge, ChallengeState } from '../approval/challenge.ts';
import { ACCOUNT_CLIENT_ID } from '../clients/reserved.ts';
import type { SignedContext } from '../protocol/context.ts';
import type { Elsewhere } from '../risk/elsewhere.ts';
import type { Place } from '../risk/place.ts';
import { unusualIn } from '../risk/unusual.ts';
import { epochSeconds } from '../session/epoch-seconds.ts';
import { keys } from '../store/keys.ts';
import type { Store } from '../store/port.ts';
import { update } from '../store/update.ts';
import { ACCOUNT_APP_NAME } from './account-client.ts';
import {
  type Act,
  type Approver,
  ask,
  type Change,
  type ChangeOwner,
  type ChangeWords,
  cancel,
  finish,
  isFor,
  tell,
} from './change.ts';

/** What the server saw of the browser that asks: it goes into what devices show and sign (R14). */
export interface Seen {
  readonly address: string;
  readonly place: Pick<Place, 'label' | 'country' | 'at'>;
  readonly browser: string;
  readonly system: string;
  readonly requestId: string;
}

/** How far the approval of a change is, if it was asked for. */
export interface Asked {
  readonly challenge: Challenge;
  readonly state: ChallengeState;
  /** Epoch ms on the store's clock. */
  readonly now: number;
}

export interface Changes {
  /** @param id where its owner has no other; there already, it is the one that is there. */
  begin(who: ChangeOwner, act: Act, id?: string): Promise<Change>;
  /** Only for the session that began it. */
  find(who: ChangeOwner, id: string): Promise<Change | undefined>;
  /** Asks the account's devices, but not the one it is about; again after an ending. */
  ask(who: ChangeOwner, change: Change, what: { act: Act; words: ChangeWords }, seen: Seen): Promise<boolean>;
  /** The challenge made for exactly this change. */
  asked(change: Change): Promise<Asked | undefined>;
  /**
   * Takes the approval, once; by the same change any number of times, so that what follows can be done again after
   * a crash.
   *
   * @returns who approved, or the state the challenge is in.
   */
  take(change: Change): Promise<{ readonly by: Approver } | { readonly refused: ChallengeState }>;
  /** Takes the word of a passkey that was shown for exactly this change; the request to the devices ends. */
  takePasskey(change: Change, passkey: string): Promise<boolean>;
  /** `true` for the one caller who is to write it down and tell the others. */
  tellOnce(change: Change): Promise<boolean>;
  /** The change is over, done or not; nobody can answer it any more. */
  cancel(change: Change): Promise<void>;
}

export interface ChangesOptions {
  readonly store: Store;
  readonly approvals: Approvals;
  readonly isKnown: (sub: string, browser: string) => Promise<boolean>;
  /** Host of the issuer, as devices show it. */
  readonly host: string;
}

export function createChanges({ store, approvals, isKnown, host }: ChangesOptions): Changes {
  const move = async (id: string, step: (change: Change) => Change | undefined) => {
    const written = await update<Change>(store, keys.factorChange(id), (current) => {
      const next = current && step(current.value);
      return next && { value: next };
    });
    return written !== undefined;
  };

  async function asked(change: Change): Promise<Asked | undefined> {
    const found = await approvals.find(change.id);
    return found && isFor(found.challenge, change) ? found : undefined;
  }

  return {
    async begin(who, act, id = randomBytes(18).toString('base64url')) {
      const change: Change = {
        v: 1,
        id,
        account: who.account.sub,
        session: who.id,
        browser: who.browser,
        act,
        state: 'open',
      };
      await store.put(keys.factorChange(change.id), change, { if: 'absent', ttlMs: KEPT_MS });
      return change;
    },

    async find(who, id) {
      const change = (await store.get<Change>(keys.factorChange(id)))?.value;
      const mine = change?.v === 1 && change.account === who.account.sub && change.session === who.id;
      return mine && change.browser === who.browser ? change : undefined;
    },

    async ask(who, change, { act, words }, seen) {
      if (!(await move(change.id, (current) => ask(current, act, words)))) return false;
      const known = await isKnown(who.account.sub, who.browser);
      const context = (openElsewhere: readonly Elsewhere[]): SignedContext => {
        const unusual = unusualIn({ knownBrowser: known, here: seen.place, openElsewhere });
        return {
          ver: 1,
          purpose: 'factor-change',
          app: { name: ACCOUNT_APP_NAME, host },
          account: who.account.userName,
          address: seen.address,
          place: seen.place.label,
          browser: seen.browser,
          system: seen.system,
          at: epochSeconds(),
          ...(unusual.length > 0 ? { unusual } : {}),
          change: words,
        };
      };
      await approvals.request({
        chain: change.id,
        account: who.account.sub,
        browser: who.browser,
        known,
        client: { id: ACCOUNT_CLIENT_ID, name: ACCOUNT_APP_NAME },
        purpose: 'factor-change',
        from: { address: seen.address, place: seen.place },
        context,
        ...(act.kind === 'remove-device' ? { except: act.device } : {}),
        requestId: seen.requestId,
      });
      return true;
    },

    asked,

    async take(change) {
      if (change.approvedBy) return { by: change.approvedBy };
      // Looked at before it is consumed, so that another challenge of this chain is not used up by mistake.
      if (!(await asked(change))) return { refused: 'superseded' };
      const taken = await approvals.consume(change.id, change.id, {
        account: change.account,
        browser: change.browser,
      });
      if (typeof taken === 'string') return { refused: taken };
      if (!isFor(taken, change) || !taken.answer) return { refused: 'superseded' };
      const by: Approver = { kind: 'device', id: taken.answer.device };
      return (await move(change.id, (current) => finish(current, by))) ? { by } : { refused: 'superseded' };
    },

    async takePasskey(change, id) {
      const by: Approver = { kind: 'passkey', id };
      if (!(await move(change.id, (current) => finish(current, by)))) return false;
      await approvals.abandon(change.id);
      return true;
    },

    tellOnce: (change) => move(change.id, tell),

    async cancel(change) {
      if (await move(change.id, cancel)) await approvals.abandon(change.id);
    },
  };
}
