import type { Context, Middleware } from 'koa';
import type { Logger } from 'pino';
import {
  badRequestPage,
  forbiddenPage,
  notFoundPage,
  tooManyPage,
  unavailablePage,
  unexpectedPage,
} from './error-words.ts';
import type { PageModels } from './page-models.ts';
import type { Renderer } from './render.ts';
import { requestInfo } from './request-info.ts';
import { showPage } from './show.ts';

interface Failure {
  readonly status?: number;
  readonly code?: string;
  readonly retryAfterS?: number;
  readonly message?: string;
}

/** Turns what went wrong into a page that says what to do, and into a log line with the request id. */
export function errorPages(render: Renderer, logger: Logger): Middleware {
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.status === 404 && ctx.body === undefined && ctx.respond !== false && wantsPage(ctx)) {
        showPage(ctx, render, 'error', notFoundPage(requestInfo(ctx.req).id), 404);
      }
    } catch (error) {
      const failure = error as Failure;
      const { id } = requestInfo(ctx.req);
      const status = failure.status ?? 500;
      const line = { requestId: id, method: ctx.method, path: ctx.path, error: failure.code };
      if (status >= 500) logger.error({ ...line, err: error }, 'request failed');
      else logger.info({ ...line, reason: failure.message }, 'request refused');
      if (failure.retryAfterS !== undefined) ctx.set('retry-after', String(failure.retryAfterS));
      showPage(ctx, render, 'error', page(status, failure, id), status);
    }
  };
}

function page(status: number, failure: Failure, id: string): PageModels['error'] {
  if (status === 429) return tooManyPage(failure.retryAfterS ?? 60, id);
  if (status === 503) return unavailablePage(id);
  if (status >= 500) return unexpectedPage(id);
  if (status === 403) return forbiddenPage(id);
  if (status === 404) return notFoundPage(id);
  return badRequestPage(failure.code, id);
}

function wantsPage(ctx: Context): boolean {
  return ctx.accepts('html', 'json') === 'html';
}
