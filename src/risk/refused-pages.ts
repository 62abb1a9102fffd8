import type { Context } from 'koa';
import type { Interaction } from '../authorize/interactions.ts';
import type { Renderer } from '../http/render.ts';
import { requestInfo } from '../http/request-info.ts';
import { showPage } from '../http/show.ts';

/**
 * Policy lets nobody in this way. Nothing of the attempt is kept; the app hears `access_denied` when the person gives up.
 *
 * @param sentence an admin's own, from the rule.
 */
export function showRefused(
  { render }: { readonly render: Renderer },
  ctx: Context,
  interaction: Interaction,
  sentence: string | undefined,
): void {
  const base = `/interaction/${interaction.uid}`;
  showPage(
    ctx,
    render,
    'outcome',
    {
      kind: 'refused',
      app: interaction.app,
      ...(sentence === undefined ? {} : { detail: sentence }),
      steps: [
        { label: 'Try again', href: base },
        { label: `Back to ${interaction.app.name}`, post: { action: `${base}/cancel` } },
      ],
      requestId: requestInfo(ctx.req).id,
    },
    403,
  );
}
