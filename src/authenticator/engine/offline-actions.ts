import { offlineCode } from '../../protocol/offline-code.ts';
import type { StoredAccount } from '../storage/accounts.ts';
import { clientOf } from './clients.ts';
import { failureOf } from './failures.ts';
import { keepOfflineKey } from './offline-key.ts';
import type { Parts } from './parts.ts';

/** Codes that this phone shows without network. */
export interface OfflineActions {
  /** Shows the code of now; asks the server, where it can be reached, whether they are on still. */
  look(id: string): Promise<void>;
  /** Once a second. */
  tick(): void;
}

export function createOfflineActions({ state, accountsChanged, now }: Parts): OfflineActions {
  const here = (id: string) => state.now.where.at === 'offline-code' && state.now.where.id === id;

  async function draw(account: StoredAccount): Promise<void> {
    if (!account.offline) return;
    const shown = await offlineCode(account.offline.key, now());
    if (here(account.id)) state.set({ where: { at: 'offline-code', id: account.id, ...shown } });
  }

  return {
    async look(id) {
      const account = state.now.accounts.find((one) => one.id === id);
      if (!account) return;
      state.set({ where: { at: 'offline-code', id } });
      await draw(account);
      try {
        const kept = await keepOfflineKey(account, await clientOf(account).status());
        if (kept.offline?.generation !== account.offline?.generation) await accountsChanged();
        if (!here(id)) return;
        if (kept.offline) await draw(kept);
        else state.set({ where: { at: 'offline-code', id, off: true } });
      } catch (error) {
        if (failureOf(error) === 'removed' && !state.now.removed.some((one) => one.id === id))
          state.set({ removed: [...state.now.removed, account] });
        // Without network is what they are for: only a phone that has no key yet has to say so.
        else if (here(id) && !account.offline)
          state.set({ where: { at: 'offline-code', id, problem: true } });
      }
    },
    tick() {
      const { where, accounts } = state.now;
      const account = where.at === 'offline-code' ? accounts.find(({ id }) => id === where.id) : undefined;
      if (account) void draw(account);
    },
  };
}
