import type { Context } from 'koa';
import type { WakeHub } from '../approval/wake-hub.ts';
import { type Enrolment, isExpired } from '../devices/enrolment.ts';
import { type Enrolments, enrolmentTopic } from '../devices/enrolments.ts';
import type { WaitingAnswer } from '../http/page-models.ts';
import { requestInfo } from '../http/request-info.ts';
import type { ParkedLimits } from '../limits/parked.ts';
import type { Invitations, OpenedInvitation } from './invitations.ts';

interface PollDependencies {
  readonly invitations: Invitations;
  readonly enrolments: Enrolments;
  readonly hub: WakeHub;
  readonly parked: ParkedLimits;
  readonly holdMs: number;
  readonly isBound: (ctx: Context, opened: OpenedInvitation) => boolean;
}

/** What the page is told; any state but `pending` makes it load itself again. */
function pollState(enrolment: Enrolment, now: number): WaitingAnswer['state'] {
  if (enrolment.state === 'cancelled') return 'denied';
  if (enrolment.state !== 'bound' && isExpired(enrolment, now)) return 'expired';
  return enrolment.state === 'open' ? 'pending' : 'approved';
}

export function pollVersion(enrolment: Enrolment, now: number): string {
  return `${pollState(enrolment, now)}.${enrolment.id}`;
}

/** The long poll of the page that shows code and QR, for the bound browser only. Watch, then read, then wait (F15). */
export function createInvitationPoll(deps: PollDependencies) {
  const { invitations, enrolments, hub, parked } = deps;

  return async function poll(ctx: Context, secret: string): Promise<void> {
    ctx.set('cache-control', 'no-store');
    const opened = await invitations.open(secret);
    const id = opened?.enrolment;
    if (!opened || id === undefined || !deps.isBound(ctx, opened)) return refuse(ctx, 403, 'not_yours');
    const account = opened.account.sub;
    const version = String(ctx.query['v'] ?? '');
    const startedAt = performance.now();
    const watch = hub.watch(enrolmentTopic(id));
    const gone = new AbortController();
    const abort = () => gone.abort();
    ctx.res.once('close', abort);
    if (ctx.res.closed) abort(); // while the invitation was read
    let release: (() => void) | undefined;
    try {
      for (;;) {
        const enrolment = await enrolments.find(account, id);
        if (!enrolment) return refuse(ctx, 403, 'not_yours');
        const waited = performance.now() - startedAt;
        const now = opened.now + waited;
        const left = Math.max(0, enrolment.expiresAt - now);
        const state = pollState(enrolment, now);
        const hold = Math.min(deps.holdMs - waited, state === 'pending' ? left : deps.holdMs);
        const current = pollVersion(enrolment, now);
        if (current !== version || hold <= 0 || gone.signal.aborted || hub.closed) {
          const answer: WaitingAnswer = { v: current, state, secondsLeft: Math.ceil(left / 1000) };
          ctx.body = answer;
          return;
        }
        release ??= parked.enter({
          interaction: opened.id,
          account,
          address: requestInfo(ctx.req).neighbour,
        });
        if (!release) {
          ctx.set('retry-after', '5');
          return refuse(ctx, 429, 'too_many_waiting');
        }
        await watch.next(hold, gone.signal);
      }
    } finally {
      release?.();
      watch.end();
      ctx.res.removeListener('close', abort);
    }
  };
}

function refuse(ctx: Context, status: number, error: string): void {
  ctx.status = status;
  ctx.body = { error };
}
