import { randomBytes } from 'node:crypto';
import type { SignedIn, SignInChecks } from './relying-party.ts';

/** What the app remembers of one browser, in memory: a real app has a database for it. */
export interface AppSession {
  readonly id: string;
  /** Sign-ins under way, by `state`: one for each tab. */
  readonly underWay: Map<string, SignInChecks>;
  signedIn: SignedIn | undefined;
  /** From userinfo, which is where profile claims are. */
  name: string | undefined;
}

export interface AppSessions {
  find(id: string | undefined): AppSession | undefined;
  create(): AppSession;
  /** A new id for what was proved, so that nobody can have known it before (session fixation). */
  renew(session: AppSession): AppSession;
  end(session: AppSession): void;
}

const MOST = 1_000;
const MOST_UNDER_WAY = 5;

export function createAppSessions(): AppSessions {
  const sessions = new Map<string, AppSession>();

  function keep(session: AppSession): AppSession {
    sessions.set(session.id, session);
    const [oldest] = sessions.keys();
    if (sessions.size > MOST && oldest !== undefined) sessions.delete(oldest);
    return session;
  }

  const newId = () => randomBytes(32).toString('base64url');
  return {
    find: (id) => (id === undefined ? undefined : sessions.get(id)),
    create: () => keep({ id: newId(), underWay: new Map(), signedIn: undefined, name: undefined }),
    renew(session) {
      sessions.delete(session.id);
      return keep({ ...session, id: newId() });
    },
    end: (session) => void sessions.delete(session.id),
  };
}

/** Notes a sign-in that begins; the oldest ones of a browser that never finishes any are forgotten. */
export function begin(session: AppSession, state: string, checks: SignInChecks): void {
  session.underWay.set(state, checks);
  const [oldest] = session.underWay.keys();
  if (session.underWay.size > MOST_UNDER_WAY && oldest !== undefined) session.underWay.delete(oldest);
}
