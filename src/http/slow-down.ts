import type { Context, Middleware } from 'koa';
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
/** A page on a neighbouring host is a stranger too. */
const OTHER_ORIGIN = /^(cross|same)-site$/;

/** A page of ours is opened, not loaded into another origin's: that is how a page would use up its visitors' address. */
class NotNavigated extends Error {
  override readonly name = 'NotNavigated';
  readonly status = 403;
  readonly code = 'not_navigated';
}

/** What a path begins: a page people are sent to, or a call of an app's. */
export type Begins = 'page' | 'call' | undefined;

/** @throws TooMany, TargetTooLong, NotNavigated, for the paths that `begins` says. */
export function slowDown(rate: LocalRate, begins: (path: string) => Begins): Middleware {
  return async (ctx, next) => {
    const kind = begins(ctx.path);
    if (kind === undefined) return next();
    if (ctx.url.length > LONGEST_TARGET) throw new TargetTooLong('the request target is too long');
    const foreign = OTHER_ORIGIN.test(ctx.get('sec-fetch-site'));
    if (kind === 'page' && foreign && !isNavigation(ctx)) {
      throw new NotNavigated('loaded by a page of another origin');
    }
    const { neighbour } = requestInfo(ctx.req);
    const wait = rate.take(kind === 'page' ? neighbour : `${kind} ${neighbour}`);
    if (wait > 0) throw new TooMany(wait);
    await next();
  };
}

/** No script in a page can ask for a `document`; a browser that is a script, as the demo's is, can say nothing else. */
function isNavigation(ctx: Context): boolean {
  return ['', 'navigate'].includes(ctx.get('sec-fetch-mode')) || ctx.get('sec-fetch-dest') === 'document';
}
