import { decodeBase64url } from '../protocol/base64url.ts';
import type { DeviceClient } from '../protocol/device-client.ts';
import { offlineCode, offlineKey } from '../protocol/offline-code.ts';
import { type KeyFile, writeKeyFile } from './key-file.ts';

/**
 * Brings the key file in line with what the server says of codes without network.
 *
 * @returns the file as it is from now on. @throws what the client throws when the server is not reached.
 */
export async function keepOfflineSecret(
  path: string,
  kept: KeyFile,
  client: Pick<DeviceClient, 'status' | 'offlineCode'>,
  signal?: AbortSignal,
): Promise<KeyFile> {
  const { account } = await client.status(signal ? { signal } : {});
  if (account.offline_code === kept.offline?.generation) return kept;
  const { offline: _, ...rest } = kept;
  let next: KeyFile = rest;
  if (account.offline_code !== undefined) {
    const { offline_code: generation, secret } = await client.offlineCode();
    next = { ...rest, offline: { generation, secret } };
  }
  await writeKeyFile(path, next);
  return next;
}

/** The code of this moment, or `undefined` while the file has no secret. */
export async function offlineCodeOf(
  { offline }: KeyFile,
  now: number,
): Promise<{ readonly code: string; readonly leftMs: number } | undefined> {
  const secret = offline && decodeBase64url(offline.secret);
  return secret && offlineCode(await offlineKey(secret), now);
}
