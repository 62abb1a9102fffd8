import { changeAccount } from '../storage/accounts.ts';
import { clientOf } from './clients.ts';
import { failureOf } from './failures.ts';
import type { Parts } from './parts.ts';

/** What a person can do for their account from this device alone, without a browser and a password. */
export interface CareActions {
  lookAtActivity(id: string): Promise<void>;
  askToSecure(id: string): void;
  /** Signs the account out everywhere, and stops requests. */
  secure(id: string): Promise<void>;
  /** Lets those requests come again. */
  resume(id: string): Promise<void>;
}

export function createCareActions({ state, accountsChanged }: Parts): CareActions {
  const accountOf = (id: string) => state.now.accounts.find((account) => account.id === id);

  /** The account's page stays what it is when its person has gone on meanwhile. */
  const still = (at: 'activity' | 'secure', id: string) =>
    state.now.where.at === at && 'id' in state.now.where && state.now.where.id === id;

  function failed(id: string, error: unknown): void {
    const account = accountOf(id);
    const known = state.now.removed.some((removed) => removed.id === id);
    if (account && !known && failureOf(error) === 'removed')
      state.set({ removed: [...state.now.removed, account] });
  }

  return {
    async lookAtActivity(id) {
      const account = accountOf(id);
      if (!account) return;
      state.set({ where: { at: 'activity', id } });
      try {
        const { events, server_time } = await clientOf(account).activity();
        if (still('activity', id))
          state.set({ where: { at: 'activity', id, events, serverTime: server_time } });
      } catch (error) {
        failed(id, error);
        if (still('activity', id)) state.set({ where: { at: 'activity', id, problem: true } });
      }
    },
    askToSecure: (id) => state.set({ outcome: undefined, where: { at: 'secure', id, step: 'ask' } }),
    async secure(id) {
      const account = accountOf(id);
      if (!account) return;
      state.set({ where: { at: 'secure', id, step: 'doing' } });
      try {
        const { sessions, paused_until } = await clientOf(account).secure();
        await changeAccount(id, { pausedUntil: paused_until });
        await accountsChanged();
        if (still('secure', id)) state.set({ where: { at: 'secure', id, step: 'done', sessions } });
      } catch (error) {
        failed(id, error);
        if (still('secure', id)) state.set({ where: { at: 'secure', id, step: 'ask', problem: true } });
      }
    },
    async resume(id) {
      const account = accountOf(id);
      if (!account) return;
      try {
        await clientOf(account).resume();
        await changeAccount(id, { pausedUntil: undefined, reportedAt: undefined });
        await accountsChanged();
        state.set({ where: { at: 'account', id } });
      } catch (error) {
        failed(id, error);
        state.set({ where: { at: 'account', id, problem: 'unreachable' } });
      }
    },
  };
}
