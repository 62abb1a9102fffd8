import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { LocalRate } from '../limits/local-rate.ts';
import { browserHashFrom } from '../session/browser-cookie.ts';
import { epochSeconds } from '../session/epoch-seconds.ts';
import { DAY, keys } from '../store/keys.ts';
import type { Store } from '../store/port.ts';
import type { AdapterDependencies } from './adapter/record-adapter.ts';
import { SessionAdapter } from './adapter/session-adapter.ts';
import type { ChainResult } from './chain-result.ts';
import { policyOf } from './client-policy.ts';
import { browserAuthorizationBefore } from './existing-grant.ts';
import type { LibraryPages } from './library-pages.ts';
import { boundPushedRequests } from './pushed-requests.ts';
import { acrToReport } from './requested-acr.ts';
import { ROUTES } from './routes.ts';
import { claimsOfScopes } from './scope-claims.ts';

/** How long a sign-out is remembered: longer than any session or code could live. */
export const ENDED_MS = 62 * DAY;

/** As wide as the library's router takes it: any case, a slash at the end. */
const RESUME = new RegExp(`^(?:${ROUTES.authorization}|${ROUTES.code_verification})/`, 'i');

export interface RulesDependencies {
  readonly store: Store;
  readonly adapter: AdapterDependencies;
  readonly issuer: string;
  readonly pages: LibraryPages;
  /** A session was written or has climbed, by what the chain has proved. */
  readonly onLogin: (ctx: KoaContextWithOIDC, proved: ChainResult) => Promise<void> | void;
  /** Pushed requests of public clients, by address. */
  readonly pushRate: LocalRate;
}

/** The rules that stand around oidc-provider's own handling of a request, in the order they run. */
export function attachProviderRules(provider: Provider, deps: RulesDependencies): void {
  provider.use(showNotFound(deps));
  provider.use(boundPushedRequests(deps.pushRate));
  provider.use(guardResume(provider, deps));
  provider.use(dropLateSessionCookie(provider, deps));
  provider.use(rememberSignOut(deps));
  reportAskedAcr(provider);
  giveClaimsInIdToken(provider);
  keepBrowserGrant(provider);
}

type Middleware = Parameters<Provider['use']>[0];

/** The last of all: what nobody answered is a page for people. */
function showNotFound(deps: RulesDependencies): Middleware {
  return async (ctx, next) => {
    await next();
    if (ctx.status === 404 && ctx.body == null && ctx.accepts('html', 'json') === 'html')
      deps.pages.notFound(ctx);
  };
}

/**
 * A resume belongs to the browser that started the chain (R30, F21), has a result to resume with, and goes on after
 * another tab of the same browser has signed in meanwhile.
 */
function guardResume(provider: Provider, deps: RulesDependencies): Middleware {
  return async (ctx, next) => {
    if (!RESUME.test(ctx.path)) return next();
    // The library resumes what the cookie names, whatever the path says: so that is what is guarded (F21).
    const uid = ctx.cookies.get(provider.cookieName('resume'), { signed: true });
    if (!uid) return next();
    const interaction = await provider.Interaction.find(uid);
    const result = interaction?.result as ChainResult | undefined;
    if (interaction) {
      if (!result) {
        ctx.status = 303;
        ctx.redirect(`/interaction/${uid}`);
        return;
      }
      const browser = browserHashFrom(ctx.req, deps.issuer);
      if (browser === undefined || browser !== result.browser) {
        deps.pages.otherBrowser(ctx);
        return;
      }
    }
    // The library applies a login when the chain resumes, also when it goes on to another prompt.
    const login = result?.login;
    await next();
    if (deps.pages.hitSessionMismatch(ctx)) await resumeAfterOtherTab(provider, deps, ctx, uid);
    const signedIn = (ctx as Partial<KoaContextWithOIDC>).oidc?.session?.accountId;
    if (result && login && signedIn === login.accountId) {
      await deps.onLogin(ctx as KoaContextWithOIDC, result);
    }
  };
}

/**
 * Another tab rotated or replaced the session while this chain was under way. The same person: go on in the session
 * of now. Somebody else, or nobody: the app hears `access_denied` instead of waiting for ever.
 */
async function resumeAfterOtherTab(
  provider: Provider,
  deps: RulesDependencies,
  ctx: Parameters<Middleware>[0],
  uid: string,
): Promise<void> {
  const interaction = await provider.Interaction.find(uid);
  if (!interaction?.session) return;
  const present = await provider.Session.get(ctx as never);
  const changed = interaction as unknown as {
    session?: { uid?: string; accountId: string } | undefined;
    result: unknown;
  };
  if (present.accountId !== undefined && present.accountId === interaction.session.accountId) {
    changed.session = { ...interaction.session, uid: present.uid } as never;
  } else {
    changed.session = undefined;
    changed.result = {
      browser: (interaction.result as unknown as ChainResult).browser,
      error: 'access_denied',
      error_description: 'another account, or none, is signed in here now',
    };
  }
  await interaction.save(interaction.exp! - epochSeconds());
  deps.pages.resumeAgain(ctx, interaction.returnTo);
}

/** A slow answer must not hand the browser a session id that another tab has replaced meanwhile (R64). */
function dropLateSessionCookie(provider: Provider, deps: RulesDependencies): Middleware {
  const sessions = new SessionAdapter('Session', deps.adapter);
  const name = provider.cookieName('session');
  return async (ctx, next) => {
    await next();
    const session = (ctx as Partial<KoaContextWithOIDC>).oidc?.session as
      | { id?: string; destroyed?: boolean }
      | undefined;
    if (!session?.id || session.destroyed) return;
    const header = ctx.response.get('set-cookie') as string | string[];
    const cookies = [header].flat().filter(Boolean);
    const isSession = (cookie: string) => cookie.startsWith(`${name}=`) || cookie.startsWith(`${name}.sig=`);
    if (!cookies.some(isSession) || (await sessions.isCurrent(session.id))) return;
    ctx.remove('set-cookie');
    const kept = cookies.filter((cookie) => !isSession(cookie));
    if (kept.length > 0) ctx.set('set-cookie', kept);
  };
}

/**
 * Written here and not in the adapter, whose `destroy` also runs at every rotation of the id: from now on the store
 * answers "not found" for this session, however late a save comes (R57).
 */
function rememberSignOut(deps: RulesDependencies): Middleware {
  return async (ctx, next) => {
    await next();
    const oidc = (ctx as Partial<KoaContextWithOIDC>).oidc;
    const session = oidc?.session as { uid: string; destroyed?: boolean } | undefined;
    if (oidc?.route !== 'end_session_confirm' || !session?.destroyed) return;
    await deps.store.put(keys.sessionEnded(session.uid), { at: Date.now() }, { if: 'any', ttlMs: ENDED_MS });
  };
}

/** The `acr` an app hears is the value it asked for, where the session meets it. */
function reportAskedAcr(provider: Provider): void {
  provider.on('authorization.accepted', (ctx) => {
    const value = acrToReport(ctx.oidc.params ?? {}, ctx.oidc.session?.acr);
    Object.defineProperty(ctx.oidc, 'acr', { value, configurable: true });
  });
}

/** For clients that read the ID token only: the granted scopes' claims are asked for there, as the app could itself. */
function giveClaimsInIdToken(provider: Provider): void {
  provider.on('authorization.accepted', (ctx) => {
    const { oidc } = ctx;
    if (!oidc.client || !policyOf(oidc.client).claimsInIdToken) return;
    const claims = oidc.claims as { id_token?: Record<string, unknown> };
    const wanted = Object.fromEntries(
      claimsOfScopes(oidc.requestParamOIDCScopes).map((claim) => [claim, null]),
    );
    claims.id_token = { ...wanted, ...claims.id_token };
  });
}

/**
 * A device's grant is its own: the browser that approves it keeps the one it had (R55). Put back also where a prompt
 * comes in between, since the session is saved then, too, and the browser's tokens would end with the grant they name.
 */
function keepBrowserGrant(provider: Provider): void {
  const putBack = (ctx: KoaContextWithOIDC): void => {
    const { oidc } = ctx;
    const before = browserAuthorizationBefore(oidc);
    if (!oidc.deviceCode || !before || !oidc.client || !oidc.session) return;
    const authorizations = oidc.session.authorizations as Record<string, unknown> | undefined;
    if (!authorizations) return;
    if (before.had) authorizations[oidc.client.clientId] = before.had;
    else delete authorizations[oidc.client.clientId];
  };
  provider.on('interaction.started', putBack);
  provider.on('authorization.success', putBack);
}
