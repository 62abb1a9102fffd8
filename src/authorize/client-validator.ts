import { errors, type Provider } from 'oidc-provider';
import type { ClientMetadata } from '../clients/metadata.ts';
import { NOWHERE } from '../risk/place.ts';
import type { Store } from '../store/port.ts';
import { createLibraryPages } from './library-pages.ts';
import { buildProvider, type ProviderOptions } from './provider.ts';
import { makeSigningKey } from './signing-keys.ts';

export interface ValidatorOptions extends Pick<ProviderOptions, 'issuer' | 'resources' | 'features' | 'ttl'> {
  readonly algorithms: readonly string[];
}

/** The library's types leave the constructor out. */
type ClientConstructor = new (metadata: ClientMetadata) => unknown;

/**
 * Asks the real provider, built as the server builds it but on no store and with keys of its own, whether it takes a
 * client. Nothing is fetched: `sector_identifier_uri` and `jwks_uri` are read when the client is used.
 *
 * @returns a function that resolves to what the provider says against the client, or to `undefined`.
 */
export async function createClientValidator(
  options: ValidatorOptions,
): Promise<(metadata: ClientMetadata) => Promise<string | undefined>> {
  const now = Date.now();
  const made = await Promise.all(options.algorithms.map((alg) => makeSigningKey(alg, now, now)));
  const store = {} as Store;
  const provider: Provider = buildProvider(
    {
      issuer: options.issuer,
      resources: options.resources,
      features: options.features,
      standIns: [],
      passkeyRequired: () => false,
      acrValues: [],
      ttl: options.ttl,
      store,
      adapter: {
        store,
        account: async () => undefined,
        client: async () => undefined,
        sessionLifeMs: options.ttl.session * 1000,
        sessionIdleMs: options.ttl.idle * 1000,
      },
      secrets: { v: 1, pairwise: 'unused', dpopNonce: Buffer.alloc(32).toString('base64url') },
      onLogin: () => {},
      pushRate: { take: () => 0 },
      pages: createLibraryPages(
        () => '',
        () => NOWHERE,
      ),
    },
    { jwks: made.map(({ jwk }) => jwk), cookieKeys: ['unused'] },
  );
  const Client = provider.Client as unknown as ClientConstructor;
  return async (metadata) => {
    try {
      new Client(metadata);
      return undefined;
    } catch (error) {
      if (error instanceof errors.OIDCProviderError) return error.error_description ?? error.message;
      throw error;
    }
  };
}
