import type { Client } from 'oidc-provider';
import type { ClientPolicyMetadata } from '../clients/metadata.ts';
import { ACCOUNT_CLIENT_ID } from '../clients/reserved.ts';
import { ACR } from '../session/ladder.ts';

/** The one extra metadata property of a client inside oidc-provider: what Countersign itself needs to know. */
export const CLIENT_POLICY = 'countersign';

export type ClientPolicy = ClientPolicyMetadata;

/**
 * Rungs that may stand in for push at a client, of those that settings allow: none at a person's own pages, or where the
 * client wants a device's word itself; and no remembered browser where everything is proved anew at each request.
 */
export function standInsAt(
  clientId: string,
  { proof, maxProofAge }: Pick<ClientPolicy, 'proof' | 'maxProofAge'>,
  allowed: readonly string[],
): readonly string[] {
  if (clientId === ACCOUNT_CLIENT_ID || proof !== 'none') return [];
  return maxProofAge === 'always' ? allowed.filter((acr) => acr !== ACR.remembered) : allowed;
}

/** @throws Error for a client that did not come through `toProviderMetadata`. */
export function policyOf(client: Client): ClientPolicy {
  const policy = (client as unknown as Record<string, ClientPolicy | undefined>)[CLIENT_POLICY];
  if (!policy) throw new Error(`client ${client.clientId} was loaded without its policy`);
  return policy;
}
