import type { Services } from '../services.ts';

/**
 * Signs an account out everywhere, as the server would: the apps that want to hear of it get a back-channel logout.
 * The provider is loaded only here; no other command needs it.
 *
 * @returns how many sessions ended.
 */
export async function signOutFromHere(services: Services, sub: string): Promise<number> {
  const { config, store, accounts, audit, logger } = services;
  const [
    { openKeyring },
    { loadServerSecrets },
    { composeProvider },
    { signOutEverywhere },
    { rotationPlan },
  ] = await Promise.all([
    import('../authorize/keyring.ts'),
    import('../authorize/server-secrets.ts'),
    import('../composition/provider.ts'),
    import('../session/sign-out-everywhere.ts'),
    import('../settings.ts'),
  ]);
  const keyring = await openKeyring(store, rotationPlan(config));
  try {
    const { mount } = await composeProvider(services, {
      keyring,
      secrets: await loadServerSecrets(store),
      render: () => '',
      placeOf: () => ({ label: null, country: null, kind: 'public' }),
    });
    const onLogoutFailed = (client: string, error: unknown) =>
      logger.warn({ err: error, client }, 'back-channel logout failed');
    const parts = { store, accounts, provider: mount.current, onLogoutFailed };
    const sessions = await signOutEverywhere(parts, sub);
    audit.record({ type: 'session.ended_everywhere', account: sub, by: 'cli', sessions });
    return sessions;
  } finally {
    await keyring.close();
  }
}
