import { createHmac, randomBytes } from 'node:crypto';
import type { Client } from 'oidc-provider';
import { keys } from '../store/keys.ts';
import type { Store } from '../store/port.ts';

/** Secrets that must never change once people have signed in, made at first start. base64url, 256 bit each. */
export interface ServerSecrets {
  readonly v: 1;
  readonly pairwise: string;
  readonly dpopNonce: string;
}

export async function loadServerSecrets(store: Store): Promise<ServerSecrets> {
  const key = keys.serverSecrets();
  const secret = () => randomBytes(32).toString('base64url');
  const found = await store.get<ServerSecrets>(key);
  if (found && !found.dead) return found.value;
  const made: ServerSecrets = { v: 1, pairwise: secret(), dpopNonce: secret() };
  if (await store.put(key, made, { if: 'absent', ttlMs: null })) return made;
  return loadServerSecrets(store);
}

/** The subject identifier a client knows an account by. */
export function subjectFor(secrets: ServerSecrets, client: Client, accountId: string): string {
  return client.subjectType === 'pairwise' ? pairwiseSubject(secrets, client, accountId) : accountId;
}

/** OpenID Connect Core 1.0 section 8.1: another subject per sector, not to be linked without the secret. */
export function pairwiseSubject(secrets: ServerSecrets, client: Client, accountId: string): string {
  const sectorIdentifier = String(client.sectorIdentifier ?? client.clientId);
  return createHmac('sha256', secrets.pairwise)
    .update(JSON.stringify([sectorIdentifier, accountId]))
    .digest('base64url');
}
