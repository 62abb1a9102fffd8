import type { DeviceReceiptStep } from '../../protocol/proof.ts';
import type { StoredAccount } from '../storage/accounts.ts';
import { clientOf } from './clients.ts';
import type { OpenRequest } from './state.ts';

/** Tells the server how far each request has come on this device, once; nobody waits for it. */
export interface Receipts {
  tell(request: OpenRequest, step: DeviceReceiptStep): void;
  /** Whether a request was on the screen before. */
  wasOpened(id: string): boolean;
}

export function createReceipts(accountOf: (id: string) => StoredAccount | undefined): Receipts {
  const told = { delivered: new Set<string>(), opened: new Set<string>() };
  return {
    tell(request, step) {
      const { id } = request.challenge;
      const account = accountOf(request.account);
      if (told[step].has(id) || !account) return;
      told[step].add(id);
      clientOf(account)
        .receipt(id, step)
        .catch(() => {});
    },
    wasOpened: (id) => told.opened.has(id),
  };
}
