import Router from '@koa/router';
import Koa, { type Context } from 'koa';
import type { Logger } from 'pino';
import type { Assets } from '../../http/assets.ts';
import { serveAssets } from '../../http/assets-routes.ts';
import { FormRefused, readForm } from '../../http/form-body.ts';
import { securityHeaders } from '../../http/security-headers.ts';
import { cookieValue } from '../../session/browser-cookie.ts';
import type { RelyingParty } from './relying-party.ts';
import type { AppPages, AppRenderer } from './render.ts';
import { type AppSession, type AppSessions, begin } from './sessions.ts';
import { ERROR_WORDS, howSignedIn, shownClaims } from './words.ts';

export interface DemoAppParts {
  /** Where people reach the app, e.g. `http://localhost:3001`. */
  readonly origin: string;
  readonly issuer: string;
  readonly relyingParty: RelyingParty;
  readonly sessions: AppSessions;
  readonly render: AppRenderer;
  readonly assets: readonly Assets[];
  readonly logger: Logger;
  readonly phoneLink?: () => Promise<string>;
  readonly now: () => number;
}

/** Cookies know no ports: this name must not be one of the provider's. */
const COOKIE = 'demo_app';

/** The demo web app: an ordinary relying party with a home page, the ID token's claims, userinfo and a way out. */
export function createDemoApp(parts: DemoAppParts): Koa {
  const { relyingParty, sessions, origin } = parts;
  const router = new Router();
  const sessionOf = (ctx: Context) => sessions.find(cookieValue(ctx.get('cookie'), COOKIE));

  router.get('/', (ctx) => {
    if (sessionOf(ctx)?.signedIn) return ctx.redirect('/me');
    show(ctx, 'home', { provider: parts.issuer });
  });

  const { phoneLink } = parts;
  if (phoneLink) router.get('/phone', async (ctx) => ctx.redirect(await phoneLink()));

  router.get('/signin', async (ctx) => {
    const session = sessionOf(ctx) ?? sessions.create();
    const { url, checks } = await relyingParty.begin({ again: ctx.query['again'] === 'yes' });
    begin(session, checks.state, checks);
    setCookie(ctx, session);
    ctx.redirect(url);
  });

  router.get('/callback', async (ctx) => {
    const session = sessionOf(ctx);
    const state = String(ctx.query['state'] ?? '');
    const checks = session?.underWay.get(state);
    if (!session || !checks) {
      const title = 'This sign-in is not known here';
      return problem(
        ctx,
        title,
        'It was begun in another browser, or some time ago. Sign in from the start.',
      );
    }
    session.underWay.delete(state);
    const error = ctx.query['error'];
    if (typeof error === 'string') {
      const text = ERROR_WORDS[error] ?? 'Countersign did not sign you in.';
      const detail = [error, ctx.query['error_description']].filter(Boolean).join(': ');
      return problem(ctx, 'You are not signed in', text, detail);
    }
    const renewed = sessions.renew(session);
    renewed.signedIn = await relyingParty.finish(new URL(ctx.url, origin), checks);
    const { name } = await relyingParty.userInfo(renewed.signedIn);
    renewed.name = name;
    setCookie(ctx, renewed);
    ctx.redirect('/me');
  });

  router.get('/me', (ctx) => {
    const { signedIn, name } = sessionOf(ctx) ?? {};
    if (!signedIn) return ctx.redirect('/');
    const { claims } = signedIn;
    show(ctx, 'claims', {
      who: name ?? claims.sub,
      how: howSignedIn(claims, parts.now()),
      claims: shownClaims(claims),
      json: JSON.stringify(claims, null, 2),
    });
  });

  router.get('/userinfo', async (ctx) => {
    const signedIn = sessionOf(ctx)?.signedIn;
    if (!signedIn) return ctx.redirect('/');
    const claims = await relyingParty.userInfo(signedIn);
    show(ctx, 'userinfo', { claims: shownClaims(claims), json: JSON.stringify(claims, null, 2) });
  });

  router.post('/signout', async (ctx) => {
    await readForm(ctx, origin);
    const session = sessionOf(ctx);
    const url = session?.signedIn && (await relyingParty.signOutUrl(session.signedIn));
    if (session) sessions.end(session);
    ctx.status = 303;
    ctx.redirect(url ?? '/');
  });

  function show<N extends keyof AppPages>(ctx: Context, name: N, model: AppPages[N], status = 200): void {
    ctx.status = status;
    ctx.set('cache-control', 'no-store');
    ctx.type = 'html';
    ctx.body = parts.render(name, model);
  }

  function problem(ctx: Context, title: string, text: string, detail?: string, status = 400): void {
    show(ctx, 'problem', { title, text, ...(detail ? { detail } : {}) }, status);
  }

  const app = new Koa();
  app.silent = true;
  app.on('error', (error) => parts.logger.error({ err: error }, 'demo app'));
  // Every page may have the sign-out form, whose answer leads on to the provider.
  app.use(securityHeaders({ secure: origin.startsWith('https:'), leaves: () => true }));
  app.use(async (ctx, next) => {
    try {
      await next();
      if (ctx.status === 404 && ctx.body === undefined)
        problem(ctx, 'No such page', 'Start again.', undefined, 404);
    } catch (error) {
      if (error instanceof FormRefused)
        return problem(ctx, 'Not from here', error.message, error.code, error.status);
      parts.logger.warn({ err: error, path: ctx.path }, 'demo app');
      const { title, text } = failureWords(error);
      problem(ctx, title, text, (error as Error).message, 502);
    }
  });
  for (const assets of parts.assets) app.use(serveAssets(assets));
  app.use(router.routes());
  return app;
}

function setCookie(ctx: Context, session: AppSession): void {
  ctx.append('set-cookie', `${COOKIE}=${session.id}; Path=/; HttpOnly; SameSite=Lax`);
}

/** What `openid-client` threw: the provider away, a token that has ended, or an answer that is not right. */
function failureWords(error: unknown): { title: string; text: string } {
  if ((error as { status?: number }).status === 401) {
    return {
      title: 'Access has ended',
      text: 'The access token is no longer good. Sign in again for a new one.',
    };
  }
  if (error instanceof TypeError) {
    return { title: 'Countersign does not answer', text: 'Is it running? Start it, then try again.' };
  }
  return { title: 'That did not work', text: 'The answer of Countersign was not what this app expected.' };
}
