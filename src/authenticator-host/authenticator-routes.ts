import type { Context, Middleware } from 'koa';
import { PREFIX } from './shell.ts';
import type { Site } from './site.ts';

export interface AuthenticatorRoutesOptions {
  /** It may be there a moment later; a failure makes the authenticator alone unavailable. */
  readonly site: Promise<Site>;
  /** Its own origin; `undefined` when it shares the issuer's. */
  readonly origin: string | undefined;
  /** The host a request asked for, as it came: it only chooses between the two sites, and is put into no answer. */
  readonly hostOf: (ctx: Context) => string | undefined;
}

const BARE = PREFIX.slice(0, -1);

/**
 * Serves the authenticator. On an origin of its own a request there gets the authenticator and nothing else, so that
 * no page of the provider can run beside the keys; on the issuer's it is then led there.
 */
export function serveAuthenticator({ site, origin, hostOf }: AuthenticatorRoutesOptions): Middleware {
  const own = origin === undefined ? undefined : new URL(origin);
  return async (ctx, next) => {
    const ours = ctx.path === BARE || ctx.path.startsWith(PREFIX);
    const there = own !== undefined && isHostOf(own.origin, hostOf(ctx));
    if (!there && !ours) return next();
    const files = await site.catch(() => undefined);
    if (!files) return unavailable(ctx);
    if (there || own === undefined) return answer(ctx, files);
    // The fragment, where the secret of a link is, goes along in the browser.
    lead(ctx, files, own.origin + ctx.path + ctx.search, 308);
  };
}

/** Whether a request's host is that of this origin, however it is spelt: some proxies write the scheme's own port. */
export function isHostOf(origin: string, host: string | undefined): boolean {
  const own = new URL(origin);
  const asked = host === undefined ? null : URL.parse(`${own.protocol}//${host}`);
  return asked !== null && asked.port === own.port && asked.hostname.replace(/\.$/, '') === own.hostname;
}

function answer(ctx: Context, site: Site): void {
  const file = site.find(ctx.path);
  if (ctx.method !== 'GET' && ctx.method !== 'HEAD') {
    refuse(ctx, site, 405, 'This address takes GET only.');
    ctx.set('Allow', 'GET, HEAD');
  } else if (file) {
    ctx.set(file.headers);
    ctx.status = 200;
    ctx.etag = file.etag;
    ctx.vary('Accept-Encoding');
    if (ctx.fresh) {
      ctx.status = 304;
    } else if (file.gzip && ctx.acceptsEncodings('gzip', 'identity') === 'gzip') {
      ctx.set('Content-Encoding', 'gzip');
      ctx.body = file.gzip;
    } else {
      ctx.body = file.body;
    }
  } else if (ctx.path === '/' || ctx.path === BARE) {
    lead(ctx, site, PREFIX, 308);
  } else {
    refuse(ctx, site, 404, 'There is nothing at this address.');
  }
}

function lead(ctx: Context, site: Site, to: string, status: number): void {
  ctx.set(site.plainHeaders);
  ctx.status = status;
  ctx.redirect(to);
}

function unavailable(ctx: Context): void {
  ctx.set({
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
    'Cache-Control': 'no-store',
  });
  ctx.status = 503;
  ctx.body = 'The authenticator is not available.\n';
}

function refuse(ctx: Context, site: Site, status: number, words: string): void {
  ctx.set(site.plainHeaders);
  ctx.status = status;
  ctx.body = `${words}\n`;
}
