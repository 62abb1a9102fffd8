import type { Context } from 'koa';
import type { Asked } from '../approval/asked.ts';
import type { Audit } from '../audit/audit.ts';
import type { Interaction } from '../authorize/interactions.ts';
import type { Renderer } from '../http/render.ts';
import { requestInfo } from '../http/request-info.ts';
import type { PasswordCheck } from '../password/check-password.ts';
import type { AssessDependencies } from '../risk/assess-pages.ts';
import { policyWantsMore } from '../risk/step-up-pages.ts';
import { passwordBeside } from './password-beside.ts';

export interface BeforeCodeDependencies extends AssessDependencies {
  readonly render: Renderer;
  readonly check: PasswordCheck;
  readonly audit: Audit;
}

/** How a page says that its password was wrong, or came too often. */
export interface PasswordProblems {
  wrong(problem: { readonly field: 'password'; readonly text: string }): void;
  tooOften(retryAfterS: number): void;
}

/**
 * What comes before a code that stands in for a device. A step-up has no password in its chain: it is asked for beside
 * the code, and then policy is, which nobody has asked yet. Every page that takes a code goes this way (R48).
 *
 * @returns whether the code may be looked at; if not, the request is answered.
 */
export async function mayTakeCode(
  deps: BeforeCodeDependencies,
  ctx: Context,
  interaction: Interaction,
  who: Asked & { readonly known: boolean },
  password: string,
  problems: PasswordProblems,
): Promise<boolean> {
  if (who.password) return true;
  const { id: requestId, address } = requestInfo(ctx.req);
  const outcome = await passwordBeside(deps, interaction, who, { password, address, requestId });
  if (outcome === 'wrong') {
    problems.wrong({ field: 'password', text: 'That is not your password.' });
    return false;
  }
  if (outcome !== 'right') {
    problems.tooOften(outcome.retryAfterS);
    return false;
  }
  return !(await policyWantsMore(deps, ctx, interaction, who));
}
