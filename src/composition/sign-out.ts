import type { Provider } from 'oidc-provider';
import type { Actor } from '../audit/events.ts';
import type { Services } from '../services.ts';
import { signOutEverywhere } from '../session/sign-out-everywhere.ts';

/** Signs an account out everywhere, and writes it down. @returns how many sessions ended. */
export async function signOutWith(
  { store, accounts, audit, logger }: Services,
  provider: () => Provider,
  sub: string,
  by: Actor,
): Promise<number> {
  const onLogoutFailed = (client: string, error: unknown) =>
    logger.warn({ err: error, client }, 'back-channel logout failed');
  const sessions = await signOutEverywhere({ store, accounts, provider, onLogoutFailed }, sub);
  audit.record({ type: 'session.ended_everywhere', account: sub, by, sessions });
  return sessions;
}
