import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import { requestInfo } from '../http/request-info.ts';
import type { LocalRate } from '../limits/local-rate.ts';
import { ROUTES } from './routes.ts';

/** RFC 9126 lets a request be large; none that a person can understand is larger than this, in bytes. */
const LONGEST_BODY = 16_384;

/**
 * A pushed request is kept before anybody has proved anything where the client is public: those are counted by
 * address, and what is too much is not kept. Confidential clients push for all their users from one address.
 */
export function boundPushedRequests(rate: LocalRate): Parameters<Provider['use']>[0] {
  return async (ctx, next) => {
    if (
      ctx.method !== 'POST' ||
      ctx.path.toLowerCase().replace(/\/$/, '') !== ROUTES.pushed_authorization_request
    ) {
      return next();
    }
    // A body without a length could be any size: it has to say.
    const length =
      ctx.get('content-length') === '' ? Number.POSITIVE_INFINITY : Number(ctx.get('content-length'));
    if (length > LONGEST_BODY) {
      ctx.status = 413;
      ctx.body = {
        error: 'invalid_request',
        error_description: `a pushed request has at most ${LONGEST_BODY} bytes`,
      };
      return;
    }
    await next();
    const { oidc } = ctx as KoaContextWithOIDC;
    if (ctx.status !== 201 || oidc.client?.clientAuthMethod !== 'none') return;
    const wait = rate.take(requestInfo(ctx.req).neighbour);
    if (wait === 0) return;
    await oidc.entities.PushedAuthorizationRequest?.destroy();
    ctx.status = 429;
    ctx.set('retry-after', String(wait));
    ctx.body = { error: 'temporarily_unavailable', error_description: 'too many requests from this address' };
  };
}
