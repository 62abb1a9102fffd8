import { createDeviceClient, type DeviceClient } from '../../protocol/device-client.ts';
import type { StoredAccount } from '../storage/accounts.ts';
import { signerOf } from './device-key.ts';

const clients = new Map<string, { readonly kid: string | undefined; readonly client: DeviceClient }>();

/** The account's connection: it remembers nonce and clock, so it is kept as long as this page or worker lives. */
export function clientOf(account: StoredAccount): DeviceClient {
  const kept = clients.get(account.id);
  if (kept && kept.kid === account.kid) return kept.client;
  const client = createDeviceClient({
    issuer: account.issuer,
    fetch: (input, init) => fetch(input, init),
    key: signerOf(account),
    nonceFirst: true,
    ...(account.kid === undefined ? {} : { kid: account.kid }),
  });
  clients.set(account.id, { kid: account.kid, client });
  return client;
}
