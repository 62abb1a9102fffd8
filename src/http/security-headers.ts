import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet, { type HelmetOptions } from 'helmet';
import type { Middleware } from 'koa';

const TWO_YEARS_S = 63_072_000;

export interface SecurityHeaderOptions {
  /** The issuer is `https:`. */
  readonly secure: boolean;
  /** Paths whose answers may post or redirect to another origin. */
  readonly leaves: (path: string) => boolean;
}

/**
 * The same strict headers on every answer, errors included (R39). Pages that hand a browser over to an app, or that
 * oidc-provider fills with a self-posting form, go without `form-action`: Chromium would hold it against every later
 * redirect, the app's own included. The library then adds its script's hash to this policy.
 */
export function securityHeaders({ secure, leaves }: SecurityHeaderOptions): Middleware {
  const staying = stayingHeaders(secure);
  const leaving = headersOf(options(secure, DIRECTIVES));
  return (ctx, next) => {
    ctx.set(leaves(ctx.path) ? leaving : staying);
    return next();
  };
}

/** Those of every page that stays here, for what is answered without Koa. */
export function stayingHeaders(secure: boolean): Readonly<Record<string, string>> {
  return headersOf(options(secure, { ...DIRECTIVES, formAction: ["'self'"] }));
}

const DIRECTIVES = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'"],
  connectSrc: ["'self'"],
  baseUri: ["'none'"],
  frameAncestors: ["'none'"],
};

function options(secure: boolean, directives: Record<string, readonly string[]>): HelmetOptions {
  return {
    xFrameOptions: { action: 'deny' },
    // `no-referrer` would make browsers send `Origin: null` with our own forms.
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: secure ? { maxAge: TWO_YEARS_S, includeSubDomains: true } : false,
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    contentSecurityPolicy: { useDefaults: false, directives },
  };
}

/** What helmet would set, asked once: nothing in it hangs on a request. */
function headersOf(wanted: HelmetOptions): Readonly<Record<string, string>> {
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  helmet(wanted)(request, response, () => {});
  return Object.fromEntries(
    Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)]),
  );
}
