import { recordLibraryEvents, recordLogin } from '../authorize/audit-events.ts';
import { type ChainResult, provedAnew } from '../authorize/chain-result.ts';
import { createInteractions, type Interactions } from '../authorize/interactions.ts';
import type { Keyring } from '../authorize/keyring.ts';
import { createLibraryPages } from '../authorize/library-pages.ts';
import { mountProvider, type ProviderMount } from '../authorize/mount.ts';
import { outgoingFetch } from '../authorize/outgoing-fetch.ts';
import { buildProvider } from '../authorize/provider.ts';
import { refusedClients } from '../authorize/refused-clients.ts';
import { requestScope } from '../authorize/request-scope.ts';
import { type ServerSecrets, subjectFor } from '../authorize/server-secrets.ts';
import { toProviderMetadata } from '../clients/metadata.ts';
import type { Renderer } from '../http/render.ts';
import { createLocalRate } from '../limits/local-rate.ts';
import type { Place } from '../risk/place.ts';
import type { Services } from '../services.ts';
import { offeredAcrValues } from '../session/ladder.ts';
import { passkeyRequired, providerTtl, standInsOf } from '../settings.ts';
import { MINUTE } from '../store/keys.ts';

/** Pushed requests of public clients that one address may leave in a minute. */
const PUBLIC_PUSHES = 120;

export interface ProviderParts {
  readonly mount: ProviderMount;
  readonly interactions: Interactions;
}

/**
 * oidc-provider on our store, policy, keys and pages.
 *
 * @throws Error that names every client of the configuration the library refuses.
 */
export async function composeProvider(
  services: Services,
  parts: {
    readonly keyring: Keyring;
    readonly secrets: ServerSecrets;
    readonly render: Renderer;
    readonly placeOf: (address: string) => Place;
    /** A session was written or has climbed. */
    readonly onLogin: (proved: ChainResult) => Promise<void>;
  },
): Promise<ProviderParts> {
  const { config, store, accounts, clients, audit, logger } = services;
  const { keyring, secrets } = parts;
  const outgoing = outgoingFetch(config.http.allowPrivateOutbound);
  const pages = createLibraryPages(parts.render, parts.placeOf);
  const pushRate = createLocalRate({ max: PUBLIC_PUSHES, windowMs: MINUTE });
  const adapter = {
    store,
    account: (sub: string) => {
      const read = requestScope().accounts;
      const found = read.get(sub) ?? accounts.get(sub);
      read.set(sub, found);
      return found;
    },
    client: async (id: string) => {
      const found = await clients.find(id);
      return found && toProviderMetadata(found);
    },
    sessionLifeMs: config.session.life,
    sessionIdleMs: config.session.idle,
  };

  const mount = mountProvider(keyring, (keys) => {
    const provider = buildProvider(
      {
        issuer: config.issuer,
        store,
        secrets,
        pages,
        adapter,
        pushRate,
        onLogin: async (ctx, proved) => {
          recordLogin(audit, ctx, provedAnew(proved));
          await parts.onLogin(proved);
        },
        ...(outgoing ? { fetch: outgoing } : {}),
        resources: config.resources,
        acrValues: offeredAcrValues(config.passkeys.roots.length > 0),
        features: config.features,
        ttl: providerTtl(config),
        standIns: standInsOf(config),
        passkeyRequired: passkeyRequired(config),
      },
      keys,
    );
    recordLibraryEvents(provider, audit, logger);
    return provider;
  });

  const declared = config.clients.map(({ clientId }) => clientId);
  const refused = await refusedClients(mount.current(), declared);
  if (refused.length > 0) {
    const list = refused.map(({ clientId, reason }) => `client ${clientId}: ${reason}`).join('; ');
    throw new Error(`clients of the configuration are refused: ${list}`);
  }

  const interactions = createInteractions(
    mount.current,
    config.issuer,
    (client, sub) => subjectFor(secrets, client, sub),
    standInsOf(config),
  );
  return { mount, interactions };
}
