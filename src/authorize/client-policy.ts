import type { Client } from 'oidc-provider';
import type { ClientPolicyMetadata } from '../clients/metadata.ts';
import { ACCOUNT_CLIENT_ID } from '../clients/reserved.ts';

/** The one extra metadata property of a client inside oidc-provider: what Countersign itself needs to know. */
export const CLIENT_POLICY = 'countersign';

/** Rungs that may stand in for push at a client, of those that settings allow: at a person's own pages none. */
export function standInsAt(clientId: string, allowed: readonly string[]): readonly string[] {
  return clientId === ACCOUNT_CLIENT_ID ? [] : allowed;
}

export type ClientPolicy = ClientPolicyMetadata;

/** @throws Error for a client that did not come through `toProviderMetadata`. */
export function policyOf(client: Client): ClientPolicy {
  const policy = (client as unknown as Record<string, ClientPolicy | undefined>)[CLIENT_POLICY];
  if (!policy) throw new Error(`client ${client.clientId} was loaded without its policy`);
  return policy;
}
