import type { IncomingMessage, RequestListener } from 'node:http';
import type Router from '@koa/router';
import Koa, { type Context, type Middleware } from 'koa';
import type { Logger } from 'pino';
import { POLL_PATH } from './approval/poll-routes.ts';
import { isHostOf, serveAuthenticator } from './authenticator-host/authenticator-routes.ts';
import { AUTHENTICATOR_PATHS, type Site } from './authenticator-host/site.ts';
import { authorizePost } from './authorize/authorize-post.ts';
import { InteractionGone } from './authorize/interactions.ts';
import type { ProviderMount } from './authorize/mount.ts';
import { inRequestScope } from './authorize/request-scope.ts';
import { ROUTES } from './authorize/routes.ts';
import type { Assets } from './http/assets.ts';
import { serveAssets } from './http/assets-routes.ts';
import { errorPages } from './http/error-pages.ts';
import { lastResort } from './http/last-resort.ts';
import type { Renderer } from './http/render.ts';
import { describeRequest, inRequest, requestInfo } from './http/request-info.ts';
import { securityHeaders } from './http/security-headers.ts';
import { showPage } from './http/show.ts';
import { type Begins, slowDown } from './http/slow-down.ts';
import type { LocalRate } from './limits/local-rate.ts';
import type { ClientAddress } from './risk/client-address.ts';
import { type SigninPages, signinRouter } from './signin.ts';

export interface AppParts {
  readonly issuer: string;
  readonly logger: Logger;
  readonly render: Renderer;
  readonly assets: Assets;
  readonly authenticator: { readonly site: Promise<Site>; readonly origin: string | undefined };
  readonly clientAddress: (request: IncomingMessage) => ClientAddress;
  readonly health: Router;
  readonly deviceApi: Router;
  readonly signin: SigninPages;
  readonly invitations: Router;
  /** A person's own pages. */
  readonly selfService: Router;
  /** Which other origins' pages may use our passkeys. */
  readonly relatedOrigins: Router;
  readonly provider: ProviderMount;
  /** Of requests that begin something. */
  readonly rate: LocalRate;
}

/** The whole HTTP server. Waiting pages are ahead of Koa, which would keep twice the memory of each (R51). */
export function createHandler(parts: AppParts): RequestListener {
  const everythingElse = createApp(parts).callback();
  const { origin } = parts.authenticator;
  /** On the authenticator's own origin there is nothing of ours. */
  const ours = (request: IncomingMessage) =>
    origin === undefined || !isHostOf(origin, parts.clientAddress(request).host);
  return lastResort(
    (request, response) => {
      if (ours(request) && parts.signin.poll.take(request, response)) return;
      void everythingElse(request, response);
    },
    (error, requestId) => parts.logger.error({ requestId, err: error }, 'request failed ahead of Koa'),
  );
}

/** One line a middleware, in the order a request meets them. */
function createApp(parts: AppParts): Koa {
  const app = new Koa();
  app.silent = true;
  app.on('error', (error) => parts.logger.error({ err: error }, 'koa'));

  app.use(describe(parts));
  app.use(serveAuthenticator({ ...parts.authenticator, hostOf: (ctx) => requestInfo(ctx.req).host }));
  app.use(
    securityHeaders({
      secure: parts.issuer.startsWith('https:'),
      leaves: leavesForAnApp,
    }),
  );
  app.use(errorPages(parts.render, parts.logger));
  app.use(parts.health.routes());
  app.use(serveAssets(parts.assets));
  app.use(parts.deviceApi.routes());
  app.use(slowDown(parts.rate, beginsSomething));
  app.use((_ctx, next) => inRequestScope(async () => next()));
  app.use(goneInteractions(parts.render));
  app.use(signinRouter(parts.signin).routes());
  app.use(parts.invitations.routes());
  app.use(parts.selfService.routes());
  app.use(parts.relatedOrigins.routes());
  app.use(authorizePost(parts.render));
  app.use(home(parts));
  app.use((ctx) => parts.provider.handle(ctx));
  return app;
}

/** All routes of the stack above; oidc-provider's by its own table. */
export function routesOf(parts: AppParts): { readonly methods: readonly string[]; readonly path: string }[] {
  const routers = [
    parts.health,
    parts.deviceApi,
    signinRouter(parts.signin),
    parts.invitations,
    parts.selfService,
    parts.relatedOrigins,
  ];
  const ours = routers.flatMap((router) =>
    router.stack
      .filter(({ methods }) => methods.length > 0)
      .map(({ methods, path }) => ({
        methods: methods.filter((method) => method !== 'HEAD'),
        path: String(path),
      })),
  );
  const theirs = [
    ...Object.values(ROUTES),
    `${ROUTES.authorization}/:uid`,
    `${ROUTES.code_verification}/:uid`,
    `${ROUTES.end_session}/confirm`,
    `${ROUTES.end_session}/success`,
    '/.well-known/openid-configuration',
    '/.well-known/oauth-authorization-server',
  ].map((path) => ({ methods: ['GET', 'POST'], path }));
  const read = [...AUTHENTICATOR_PATHS, POLL_PATH, '/'].map((path) => ({ methods: ['GET'], path }));
  return [...ours, ...theirs, ...read];
}

/** Request id and client; forwarded headers survive only when a trusted proxy sent them (R43). */
function describe(parts: AppParts): Middleware {
  const { host } = new URL(parts.issuer);
  return async (ctx, next) => {
    const client = parts.clientAddress(ctx.req);
    const info = describeRequest(ctx.req, client);
    for (const name of ['x-forwarded-for', 'x-forwarded-host', 'forwarded']) delete ctx.req.headers[name];
    ctx.req.headers['x-forwarded-proto'] = client.protocol;
    // oidc-provider builds its URLs, the audience of client assertions and the `htu` of DPoP proofs on the host it was
    // asked for: whatever a client says there, it is the issuer's.
    ctx.req.headers.host = host;
    ctx.req.url = ctx.originalUrl = originForm(ctx.originalUrl);
    ctx.set('x-request-id', info.id);
    await inRequest(info, next);
  };
}

/** RFC 9112 section 3.2.2: a target may be a whole URL; its host is no more believed than the header's. */
function originForm(target: string): string {
  if (target.startsWith('/')) return target;
  const url = URL.parse(target);
  // A URL of an unknown scheme may have no path at all.
  return url?.pathname.startsWith('/') ? url.pathname + url.search : '/';
}

/** Answers of these paths may redirect or post to an app; see `security-headers.ts`. */
function leavesForAnApp(path: string): boolean {
  return [ROUTES.authorization, ROUTES.end_session, ROUTES.code_verification].some(
    (route) => path === route || path.startsWith(`${route}/`),
  );
}

/** Each of these may leave a record behind, for whoever asks. */
function beginsSomething(path: string): Begins {
  const lower = path.toLowerCase();
  const under = (route: string) => lower === route || lower.startsWith(`${route}/`);
  if ([ROUTES.authorization, ROUTES.code_verification, ROUTES.end_session].some(under)) return 'page';
  return under(ROUTES.device_authorization) ? 'call' : undefined;
}

/** A link to a sign-in that is over, or that another browser began, is a page and not an error. */
function goneInteractions(render: Renderer): Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      if (!(error instanceof InteractionGone)) throw error;
      const model = { kind: 'session-gone' as const, steps: [], requestId: requestInfo(ctx.req).id };
      showPage(ctx, render, 'outcome', model, 400);
    }
  };
}

function home(parts: AppParts): Middleware {
  return async (ctx: Context, next) => {
    if (ctx.path !== '/' || ctx.method !== 'GET') return next();
    showPage(ctx, parts.render, 'home', { issuer: parts.issuer });
  };
}
