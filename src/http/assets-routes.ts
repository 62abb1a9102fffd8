import type { Middleware } from 'koa';
import type { Assets } from './assets.ts';

/** Serves the content-hashed assets: GET and HEAD under `/assets/`, everything else goes on. */
export function serveAssets(assets: Assets): Middleware {
  return async (ctx, next) => {
    const asset = ctx.method === 'GET' || ctx.method === 'HEAD' ? assets.find(ctx.path) : undefined;
    if (asset === undefined) return next();
    ctx.set(asset.headers);
    ctx.body = asset.body;
    ctx.type = asset.type;
  };
}
