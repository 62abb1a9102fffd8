import type { Context } from 'koa';
import type { WakeHub } from '../approval/wake-hub.ts';
import type { WaitingAnswer } from '../http/models/shown-number.ts';
import { requestInfo } from '../http/request-info.ts';
import type { ParkedLimits } from '../limits/parked.ts';
import { type Enrolment, isExpired } from './enrolment.ts';
import { type Enrolments, enrolmentTopic } from './enrolments.ts';

export interface EnrolmentPollDependencies {
  readonly enrolments: Enrolments;
  readonly hub: WakeHub;
  readonly parked: ParkedLimits;
  /** How long a poll is held, ms. */
  readonly holdMs: number;
}

/** What a page that may ask waits for. */
export interface WaitedFor {
  readonly account: string;
  readonly enrolment: string;
  /** Whose parked polls count together: the page's. */
  readonly page: string;
  /** Epoch ms on the store's clock. */
  readonly now: number;
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

/**
 * The long poll of a page that shows code and QR. Who may ask was decided before. Watch, then read, then wait (F15).
 */
export async function pollEnrolment(
  deps: EnrolmentPollDependencies,
  ctx: Context,
  of: WaitedFor,
): Promise<void> {
  const { enrolments, hub, parked } = deps;
  const version = String(ctx.query['v'] ?? '');
  const startedAt = performance.now();
  const watch = hub.watch(enrolmentTopic(of.enrolment));
  const gone = new AbortController();
  const abort = () => gone.abort();
  ctx.res.once('close', abort);
  if (ctx.res.closed) abort(); // while it was decided who may ask
  let release: (() => void) | undefined;
  try {
    for (;;) {
      const enrolment = await enrolments.find(of.account, of.enrolment);
      if (!enrolment) return refusePoll(ctx, 403, 'not_yours');
      const waited = performance.now() - startedAt;
      const now = of.now + waited;
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
        interaction: of.page,
        account: of.account,
        address: requestInfo(ctx.req).neighbour,
      });
      if (!release) {
        ctx.set('retry-after', '5');
        return refusePoll(ctx, 429, 'too_many_waiting');
      }
      await watch.next(hold, gone.signal);
    }
  } finally {
    release?.();
    watch.end();
    ctx.res.removeListener('close', abort);
  }
}

export function refusePoll(ctx: Context, status: number, error: string): void {
  ctx.status = status;
  ctx.body = { error };
}
