import type { Context } from 'koa';
import { seeOther } from '../http/show.ts';
import { ACCOUNT_PATH } from './account-client.ts';
import type { SignedIn } from './account-session.ts';

export interface RememberedPagesDependencies {
  /** Ends one by its id, or `all`; another person's is none. @returns how many ended. */
  readonly forget: (account: string, id: string | 'all') => Promise<number>;
}

/** Field of the form: the id of a remembered browser, or `all`. */
export const BROWSER_FIELD = 'browser';

/** A remembered browser is forgotten at once: it takes trust away and gives nobody any. */
export function createRememberedPages(deps: RememberedPagesDependencies) {
  async function forget(ctx: Context, who: SignedIn, form: ReadonlyMap<string, string>): Promise<void> {
    const id = form.get(BROWSER_FIELD);
    if (id) await deps.forget(who.account.sub, id);
    seeOther(ctx, `${ACCOUNT_PATH}#browsers-heading`);
  }

  return { forget };
}
