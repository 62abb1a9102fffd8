import type { Middleware } from 'koa';
import helmet from 'koa-helmet';

const TWO_YEARS_S = 63_072_000;

/**
 * The same strict headers on every answer, errors included (R39). Pages that hand a browser over to an app, or that
 * oidc-provider fills with a self-posting form, go without `form-action`: Chromium would hold it against every later
 * redirect, the app's own included. The library then adds its script's hash to this policy.
 */
export function securityHeaders(options: {
  readonly secure: boolean;
  /** Paths whose answers may post or redirect to another origin. */
  readonly leaves: (path: string) => boolean;
}): Middleware {
  const directives = {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  };
  const common = {
    xFrameOptions: { action: 'deny' as const },
    // `no-referrer` would make browsers send `Origin: null` with our own forms.
    referrerPolicy: { policy: 'same-origin' as const },
    strictTransportSecurity: options.secure
      ? { maxAge: TWO_YEARS_S, includeSubDomains: true }
      : (false as const),
    crossOriginOpenerPolicy: { policy: 'same-origin' as const },
    crossOriginResourcePolicy: { policy: 'same-origin' as const },
  };
  const staying = helmet({
    ...common,
    contentSecurityPolicy: { useDefaults: false, directives: { ...directives, formAction: ["'self'"] } },
  });
  const leaving = helmet({ ...common, contentSecurityPolicy: { useDefaults: false, directives } });
  return (ctx, next) => (options.leaves(ctx.path) ? leaving : staying)(ctx, next);
}
