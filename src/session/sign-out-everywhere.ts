import type { Provider } from 'oidc-provider';
import type { Accounts } from '../accounts/accounts.ts';
import { ENDED_MS } from '../authorize/provider-rules.ts';
import { keys, names } from '../store/keys.ts';
import type { Store } from '../store/port.ts';

/** A session that goes on, and when it was proved (epoch s). */
export interface KeptSession {
  readonly uid: string;
  readonly loginTs: number;
}

/** The method is the library's, its types leave it out. */
interface LogoutClient {
  backchannelLogout(sub: string, sid: string | undefined): Promise<void>;
}

/**
 * Ends everything an account has signed in to: sessions, codes, refresh, access and device tokens die at the store by
 * `notBefore`; the apps that want to hear of it get a back-channel logout (OpenID Connect Back-Channel Logout 1.0).
 *
 * @param keep the session that asks for it: it goes on, with what was proved or given out since it began.
 * @returns how many sessions were ended.
 */
export async function signOutEverywhere(
  deps: {
    readonly store: Store;
    readonly accounts: Accounts;
    readonly provider: () => Provider;
    readonly onLogoutFailed: (clientId: string, error: unknown) => void;
  },
  sub: string,
  keep?: KeptSession,
): Promise<number> {
  const { store, accounts } = deps;
  const provider = deps.provider();
  const uids: string[] = [];
  let after: string | undefined;
  do {
    const page = await store.index.page(names.sessions(sub), {
      limit: 200,
      ...(after === undefined ? {} : { after }),
    });
    uids.push(...page.entries.map(({ member }) => member).filter((uid) => uid !== keep?.uid));
    after = page.next;
  } while (after !== undefined);

  // Who is to be told is read before `notBefore` makes the sessions unreadable.
  const sessions = await Promise.all(
    uids.map(async (uid) => ({ uid, session: await provider.Session.findByUid(uid) })),
  );
  await accounts.raiseNotBefore(sub, keep ? keep.loginTs - 1 : Math.floor(Date.now() / 1000));

  let ended = 0;
  for (const { uid, session } of sessions) {
    await store.put(keys.sessionEnded(uid), { at: Date.now() }, { if: 'any', ttlMs: ENDED_MS });
    if (!session || session.accountId !== sub) continue;
    ended++;
    // All at once: one app that hangs must not keep the others from hearing of it.
    await Promise.all(
      Object.entries(session.authorizations ?? {}).map(async ([clientId, { sid }]) => {
        const client = await provider.Client.find(clientId);
        if (!client?.backchannelLogoutUri) return;
        try {
          await (client as unknown as LogoutClient).backchannelLogout(sub, sid);
        } catch (error) {
          deps.onLogoutFailed(clientId, error);
        }
      }),
    );
  }
  return ended;
}
