import type { Context } from 'koa';
import type { Asked } from '../approval/asked.ts';
import type { Interaction } from '../authorize/interactions.ts';
import type { Renderer } from '../http/render.ts';
import { showLeaving } from '../http/show.ts';
import { type AssessDependencies, assessStep } from './assess-pages.ts';
import { exceedsPush, meets } from './proof.ts';
import { showRefused } from './refused-pages.ts';

/**
 * Policy's word on a session that asks for more, for the pages that send no request: no password of this chain has asked
 * it. What it wants goes into the chain, whose own page then says what will do.
 *
 * @returns whether this request is answered by that.
 */
export async function policyWantsMore(
  deps: AssessDependencies & { readonly render: Renderer },
  ctx: Context,
  interaction: Interaction,
  { account, browser, needs = 'none', known }: Asked & { readonly known: boolean },
): Promise<boolean> {
  const step = { account, browser, known, stepUp: true };
  const { proof, sentence } = await assessStep(deps, ctx, interaction, step);
  if (proof === 'refuse') {
    showRefused(deps, ctx, interaction, sentence);
    return true;
  }
  // What the chain knows already, its pages go by.
  if (!exceedsPush(proof) || meets(needs, proof)) return false;
  showLeaving(ctx, deps.render, await deps.interactions.finish(ctx, { browser, stepUp: { needs: proof } }));
  return true;
}
