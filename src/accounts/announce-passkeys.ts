import type { PasskeyList } from '../passkey/passkey.ts';
import type { Tell } from '../push/notices.ts';
import { DAY, keys } from '../store/keys.ts';
import type { Store } from '../store/port.ts';
import type { Account } from './account.ts';
import {
  type AnnouncedRequirement,
  announcedPasskeys,
  type PasskeyRequirement,
} from './passkey-requirement.ts';

export interface AnnouncePasskeysDependencies {
  readonly store: Store;
  readonly accounts: { get(sub: string): Promise<Account | undefined> };
  readonly requirements: readonly PasskeyRequirement[];
  readonly tell: Tell;
  /** Epoch ms. */
  readonly now: () => number;
}

export type AnnouncePasskeys = ReturnType<typeof createAnnouncePasskeys>;

/** Tells people ahead that a passkey will be required of them; without a requirement it reads nothing. */
export function createAnnouncePasskeys(deps: AnnouncePasskeysDependencies) {
  const { store, requirements } = deps;

  /** What this person is to be told, unless they have a passkey. */
  async function due(account: Account): Promise<AnnouncedRequirement | undefined> {
    const announced = announcedPasskeys(requirements, account, deps.now());
    if (!announced) return undefined;
    const list = (await store.get<PasskeyList>(keys.passkeys(account.sub)))?.value;
    return list?.v === 1 && list.passkeys.length > 0 ? undefined : announced;
  }

  return {
    due,
    /** After a sign-in: on every device and by mail, once for each requirement. */
    async tellOnce(sub: string): Promise<void> {
      if (requirements.length === 0) return;
      const account = await deps.accounts.get(sub);
      const announced = account && (await due(account));
      if (!announced) return;
      const first = await store.put(
        keys.passkeyAnnounced(sub, String(announced.from)),
        { v: 1 },
        { if: 'absent', ttlMs: 400 * DAY },
      );
      if (first) deps.tell(sub, { notice: 'passkey-required' }, []);
    },
  };
}
