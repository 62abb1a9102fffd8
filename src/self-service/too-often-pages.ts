import type { Context } from 'koa';
import type { Renderer } from '../http/render.ts';
import { requestInfo } from '../http/request-info.ts';
import { showPage } from '../http/show.ts';
import { ACCOUNT_PATH } from './account-client.ts';

/** What leaves a record for each time it is asked for is slowed down. */
export function tooOften(ctx: Context, render: Renderer, retryAfterMs: number): void {
  ctx.set('retry-after', String(Math.ceil(retryAfterMs / 1000)));
  const text = 'To keep accounts safe, we slow down here. Please try again in a few minutes.';
  const steps = [{ label: 'Back to your account', href: ACCOUNT_PATH }];
  const { id: requestId } = requestInfo(ctx.req);
  const model = { seal: 'clock', title: 'That was a lot in a short time', text, steps, requestId } as const;
  showPage(ctx, render, 'account-said', model, 429);
}
