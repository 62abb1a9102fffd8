import { NOWHERE } from '../risk/place.ts';
import type { Services } from '../services.ts';

/**
 * Signs an account out everywhere, as the server would: the apps that want to hear of it get a back-channel logout.
 * The provider is loaded only here; no other command needs it.
 *
 * @returns how many sessions ended.
 */
export async function signOutFromHere(services: Services, sub: string): Promise<number> {
  const { config, store } = services;
  const [{ openKeyring }, { loadServerSecrets }, { composeProvider }, { signOutWith }, { rotationPlan }] =
    await Promise.all([
      import('../authorize/keyring.ts'),
      import('../authorize/server-secrets.ts'),
      import('../composition/provider.ts'),
      import('../composition/sign-out.ts'),
      import('../settings.ts'),
    ]);
  const keyring = await openKeyring(store, rotationPlan(config));
  try {
    const { mount } = await composeProvider(services, {
      keyring,
      secrets: await loadServerSecrets(store),
      render: () => '',
      placeOf: () => NOWHERE,
      onLogin: async () => {},
    });
    return await signOutWith(services, mount.current, sub, 'cli');
  } finally {
    await keyring.close();
  }
}
