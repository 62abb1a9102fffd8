import Router from '@koa/router';

/** WebAuthn level 3 section 5.11.1: which other origins' pages may use the passkeys of this host. Not there without any. */
export function relatedOriginsRouter(origins: readonly string[]): Router {
  const router = new Router();
  if (origins.length === 0) return router;
  router.get('/.well-known/webauthn', (ctx) => {
    ctx.set('cache-control', 'public, max-age=3600');
    ctx.body = { origins };
  });
  return router;
}
