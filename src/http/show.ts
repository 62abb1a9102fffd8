import type { Context } from 'koa';
import type { PageModels, PageName } from './page-models.ts';
import type { Renderer } from './render.ts';

/** Answers with a page of ours; nothing of a sign-in is ever kept by a cache. */
export function showPage<N extends PageName>(
  ctx: Context,
  render: Renderer,
  name: N,
  model: PageModels[N],
  status = 200,
): void {
  ctx.status = status;
  ctx.set('cache-control', 'no-store');
  ctx.type = 'html';
  ctx.body = render(name, model);
}

/** Sends the browser to a path of ours by GET, after a POST too (RFC 9110 section 15.4.4). */
export function seeOther(ctx: Context, path: string): void {
  ctx.status = 303;
  ctx.redirect(path);
}

/** 200 with a meta refresh, not a 303: see "Leaving for the app" in docs/architecture.md (R38). */
export function showLeaving(ctx: Context, render: Renderer, url: string): void {
  showPage(ctx, render, 'leaving', { url });
}
