import type { Provider } from 'oidc-provider';
import { forgetAll } from '../accounts/known-browsers.ts';
import type { Actor } from '../audit/events.ts';
import type { ProviderMount } from '../authorize/mount.ts';
import type { Services } from '../services.ts';
import { type KeptSession, signOutEverywhere } from '../session/sign-out-everywhere.ts';

/** After an account's devices were replaced: every session ends, and no browser is known to it any more. */
export function composeEndSignIns(services: Services, mount: ProviderMount) {
  return async (account: string, reason: string): Promise<void> => {
    await forgetAll(services.store, account);
    await signOutWith(services, mount.current, account, 'self', reason);
  };
}

/** Signs an account out everywhere, but for `keep`, and writes it down. @returns how many sessions ended. */
export async function signOutWith(
  { store, accounts, audit, logger }: Services,
  provider: () => Provider,
  sub: string,
  by: Actor,
  reason?: string,
  keep?: KeptSession,
): Promise<number> {
  const onLogoutFailed = (client: string, error: unknown) =>
    logger.warn({ err: error, client }, 'back-channel logout failed');
  const sessions = await signOutEverywhere({ store, accounts, provider, onLogoutFailed }, sub, keep);
  audit.record({
    type: 'session.ended_everywhere',
    account: sub,
    by,
    sessions,
    ...(reason === undefined ? {} : { reason }),
  });
  return sessions;
}
