import type { Middleware } from 'koa';
import type { LocalRate } from '../limits/local-rate.ts';
import { requestInfo } from './request-info.ts';

/** Too many requests from one neighbour; `retryAfterS` becomes the Retry-After header and a sentence on the page. */
class TooMany extends Error {
  override readonly name = 'TooMany';
  readonly status = 429;
  readonly code = 'too_many_requests';
  readonly retryAfterS: number;
  constructor(retryAfterS: number) {
    super('too many requests from this address');
    this.retryAfterS = retryAfterS;
  }
}

/** A request target longer than any app needs; a large request is pushed (RFC 9126). */
class TargetTooLong extends Error {
  override readonly name = 'TargetTooLong';
  readonly status = 414;
  readonly code = 'uri_too_long';
}

const LONGEST_TARGET = 8192;

/** @throws TooMany, TargetTooLong, for the paths that `counts` says. */
export function slowDown(rate: LocalRate, counts: (path: string) => boolean): Middleware {
  return async (ctx, next) => {
    if (counts(ctx.path)) {
      if (ctx.url.length > LONGEST_TARGET) throw new TargetTooLong('the request target is too long');
      const wait = rate.take(requestInfo(ctx.req).neighbour);
      if (wait > 0) throw new TooMany(wait);
    }
    await next();
  };
}
