import type { Context } from 'koa';
import {
  type EnrolmentPollDependencies,
  pollEnrolment,
  refusePoll,
} from '../devices/enrolment-poll-routes.ts';
import type { Invitations, OpenedInvitation } from './invitations.ts';

interface PollDependencies extends EnrolmentPollDependencies {
  readonly invitations: Invitations;
  readonly isBound: (ctx: Context, opened: OpenedInvitation) => boolean;
}

/** The long poll of the page that shows code and QR, for the bound browser only. */
export function createInvitationPoll(deps: PollDependencies) {
  return async function poll(ctx: Context, secret: string): Promise<void> {
    ctx.set('cache-control', 'no-store');
    const opened = await deps.invitations.open(secret);
    const enrolment = opened?.enrolment;
    if (!opened || enrolment === undefined || !deps.isBound(ctx, opened))
      return refusePoll(ctx, 403, 'not_yours');
    const { id: page, now } = opened;
    await pollEnrolment(deps, ctx, { account: opened.account.sub, enrolment, page, now });
  };
}
