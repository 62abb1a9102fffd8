import { deviceNameSchema } from '../../protocol/enrolment.ts';
import { changeAccount, dropAccount } from '../storage/accounts.ts';
import { clientOf } from './clients.ts';
import { failureOf } from './failures.ts';
import { markKeys } from './lost-keys.ts';
import type { Parts } from './parts.ts';
import { askForNotifications } from './permission.ts';

export interface AccountActions {
  home(): void;
  look(id: string): void;
  allowNotifications(): Promise<void>;
  rename(id: string, name: string): Promise<void>;
  askToRemove(id: string): void;
  remove(id: string): Promise<void>;
  /** The server took this device away: its key is of no use any more. */
  forget(id: string): Promise<void>;
}

export function createAccountActions({ state, accountsChanged }: Parts): AccountActions {
  async function drop(id: string): Promise<void> {
    await dropAccount(id);
    if (state.now.accounts.every((account) => account.id === id)) markKeys(false);
    state.set({
      removed: state.now.removed.filter((account) => account.id !== id),
      requests: state.now.requests.filter(({ account }) => account !== id),
      where: { at: 'home' },
    });
    await accountsChanged();
  }

  const working = (
    id: string,
    doing: 'renaming' | 'removing' | undefined,
    problem?: 'unreachable' | 'name',
  ) => state.set({ where: { at: 'account', id, doing, problem } });

  return {
    home: () => state.set({ where: { at: 'home' } }),
    look: (id) => state.set({ where: { at: 'account', id } }),
    async allowNotifications() {
      state.set({ notifications: await askForNotifications() });
      await accountsChanged();
    },
    async rename(id, typed) {
      const account = state.now.accounts.find((kept) => kept.id === id);
      const name = deviceNameSchema.safeParse(typed.trim());
      if (!account) return;
      if (!name.success) return working(id, undefined, 'name');
      if (name.data === account.name) return working(id, undefined);
      working(id, 'renaming');
      try {
        const { device } = await clientOf(account).rename(name.data);
        await changeAccount(id, { name: device.name });
        await accountsChanged();
        working(id, undefined);
      } catch (error) {
        if (failureOf(error) === 'removed') state.set({ removed: [...state.now.removed, account] });
        working(id, undefined, 'unreachable');
      }
    },
    askToRemove: (id) => state.set({ where: { at: 'account', id, asking: 'remove' } }),
    async remove(id) {
      const account = state.now.accounts.find((kept) => kept.id === id);
      if (!account) return;
      working(id, 'removing');
      try {
        await clientOf(account).remove();
      } catch (error) {
        // Gone already is what was wanted.
        if (failureOf(error) !== 'removed') return working(id, undefined, 'unreachable');
      }
      await drop(id);
    },
    forget: drop,
  };
}
