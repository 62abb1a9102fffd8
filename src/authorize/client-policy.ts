import type { Client } from 'oidc-provider';
import type { ClientPolicyMetadata } from '../clients/metadata.ts';

/** The one extra metadata property of a client inside oidc-provider: what Countersign itself needs to know. */
export const CLIENT_POLICY = 'countersign';

export type ClientPolicy = ClientPolicyMetadata;

/** @throws Error for a client that did not come through `toProviderMetadata`. */
export function policyOf(client: Client): ClientPolicy {
  const policy = (client as unknown as Record<string, ClientPolicy | undefined>)[CLIENT_POLICY];
  if (!policy) throw new Error(`client ${client.clientId} was loaded without its policy`);
  return policy;
}
