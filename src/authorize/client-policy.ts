import type { Client } from 'oidc-provider';
import type { Floor } from '../session/ladder.ts';

/** The one extra metadata property of a client inside oidc-provider: what Countersign itself needs to know. */
export const CLIENT_POLICY = 'countersign';

export interface ClientPolicy {
  readonly name: string;
  /** Least assurance for this client. */
  readonly floor: Floor;
  /** `session`: the session's own life; seconds; or `always`: proved again at every request. */
  readonly maxProofAge: 'session' | 'always' | number;
  readonly refresh: 'offline_access' | 'with-session';
  readonly firstParty: boolean;
  readonly requirePkce: boolean;
  readonly claimsInIdToken: boolean;
  readonly corsOrigins: readonly string[];
  /** All it may ask for, those of resources included. */
  readonly scopes: readonly string[];
}

export function policyOf(client: Client): ClientPolicy {
  const policy = (client as unknown as Record<string, ClientPolicy | undefined>)[CLIENT_POLICY];
  if (!policy) throw new Error(`client ${client.clientId} was loaded without its policy`);
  return policy;
}
