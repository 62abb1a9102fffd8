import type { Actor } from '../audit/events.ts';
import type { Tell } from '../push/notices.ts';
import { loadRememberedKey } from '../remembered/cookie-key.ts';
import { createRememberedBrowsers, type RememberedBrowsers } from '../remembered/remembered-browsers.ts';
import { forgetRemembered } from '../remembered/remembered-list.ts';
import type { Services } from '../services.ts';

/** Ends all of an account's, and writes it down where there were any. @returns how many there were. */
export async function endRemembered(
  { store, audit }: Pick<Services, 'store' | 'audit'>,
  account: string,
  by: Actor,
  reason: string,
  id: string | 'all' = 'all',
): Promise<number> {
  const browsers = await forgetRemembered(store, account, id);
  if (browsers > 0) audit.record({ type: 'remembered.ended', account, by, browsers, reason });
  return browsers;
}

/**
 * Remembered browsers. A stolen one ends them all, and everything that is signed in: whoever holds the copy has given
 * the password with it.
 */
export async function composeRemembered(
  { config, store, devices, audit }: Services,
  parts: { readonly signOutEverywhere: (account: string) => Promise<number>; readonly tell: Tell },
): Promise<RememberedBrowsers> {
  const lifeMs = config.session.rememberBrowser;
  return createRememberedBrowsers({
    store,
    devices,
    issuer: config.issuer,
    lifeMs,
    key: lifeMs === undefined ? Buffer.alloc(0) : await loadRememberedKey(store),
    signOutEverywhere: parts.signOutEverywhere,
    onStolen: async (account, browsers) => {
      audit.record({ type: 'remembered.stolen', account, browsers });
      parts.tell(account, { notice: 'remembered-stolen' }, []);
    },
  });
}
