import parse from 'co-body';
import type { Context, Next } from 'koa';
import type { Renderer } from '../http/render.ts';
import { showPage } from '../http/show.ts';
import { ROUTES } from './routes.ts';

/**
 * OpenID Connect Core 1.0 section 3.1.2.1 lets apps POST an authorization request. The library's way to take it needs
 * SameSite=None cookies, so a page of ours turns it into the GET it stands for: from there on cookies are same-site.
 */
export function authorizePost(render: Renderer) {
  return async (ctx: Context, next: Next): Promise<void> => {
    if (ctx.method !== 'POST' || ctx.path !== ROUTES.authorization) return next();
    // As in `../http/form-body.ts`: a broken stream of an unpacker would end the process.
    if ((ctx.get('content-encoding') || 'identity') !== 'identity') ctx.throw(415);
    const text = (await parse.text(ctx, {
      limit: '56kb',
      textTypes: ['application/x-www-form-urlencoded'],
    })) as string;
    showPage(ctx, render, 'authorize-post', {
      action: ROUTES.authorization,
      fields: [...new URLSearchParams(text)].map(([name, value]) => ({ name, value })),
    });
  };
}
