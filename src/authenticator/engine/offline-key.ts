import { decodeBase64url } from '../../protocol/base64url.ts';
import type { DeviceMessage } from '../../protocol/messages.ts';
import { offlineKey } from '../../protocol/offline-code.ts';
import { changeAccount, type StoredAccount } from '../storage/accounts.ts';
import { clientOf } from './clients.ts';

/**
 * Brings the key of an account's codes in line with what the server says. The key cannot be read out again, here or
 * by a script: it makes codes, and that is all.
 *
 * @returns the account as it is kept from now on.
 */
export async function keepOfflineKey(account: StoredAccount, server: DeviceMessage): Promise<StoredAccount> {
  const wanted = server.account.offline_code;
  if (wanted === account.offline?.generation) return account;
  if (wanted === undefined) return (await changeAccount(account.id, { offline: undefined })) ?? account;
  const made = await clientOf(account).offlineCode();
  const secret = decodeBase64url(made.secret);
  if (!secret) return account;
  const offline = { generation: made.offline_code, key: await offlineKey(secret) };
  return (await changeAccount(account.id, { offline })) ?? account;
}
