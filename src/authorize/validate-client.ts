import type { Store } from '../store/port.ts';
import type { LibraryPages } from './library-pages.ts';
import { buildProvider, type ProviderOptions } from './provider.ts';
import { refusedClients } from './refused-clients.ts';
import { makeSigningKey } from './signing-keys.ts';

/**
 * For the command line: says of one client what oidc-provider would, under this configuration, without a store and
 * without touching any key in use.
 *
 * @returns a function from a client's metadata to the library's complaint, or `undefined` when it is fine.
 */
export async function createClientValidator(
  options: Pick<ProviderOptions, 'issuer' | 'resources' | 'features' | 'ttl'> & {
    readonly algorithms: readonly string[];
  },
): Promise<
  (metadata: Record<string, unknown> & { readonly client_id: string }) => Promise<string | undefined>
> {
  const now = Date.now();
  const keys = await Promise.all(options.algorithms.map((alg) => makeSigningKey(alg, now, now)));
  let asked: Record<string, unknown> | undefined;
  const provider = buildProvider(
    {
      ...options,
      store: UNUSED,
      secrets: { v: 1, pairwise: '', dpopNonce: Buffer.alloc(32).toString('base64url') },
      pages: UNUSED as unknown as LibraryPages,
      adapter: {
        store: UNUSED,
        account: async () => undefined,
        client: async () => asked,
        sessionLifeMs: options.ttl.session * 1000,
      },
    },
    { jwks: keys.map(({ jwk }) => jwk), cookieKeys: ['unused'] },
  );
  return async (metadata) => {
    asked = metadata;
    const [refused] = await refusedClients(provider, [metadata.client_id]);
    return refused?.reason;
  };
}

/** Looking up a client asks for nothing else. */
const UNUSED = new Proxy({} as Store, {
  get(_target, property) {
    return () => {
      throw new Error(`the client validator has no ${String(property)}`);
    };
  },
});
