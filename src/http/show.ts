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
