import type { Context } from 'koa';
import type { WaitingAnswer } from '../http/page-models.ts';
import { requestInfo } from '../http/request-info.ts';
import { deviceProgress } from '../http/words.ts';
import type { ParkedLimits } from '../limits/parked.ts';
import { browserHashFrom } from '../session/browser-cookie.ts';
import type { Approvals } from './approvals.ts';
import type { ChallengeState } from './challenge.ts';
import { viewVersion } from './view-version.ts';
import type { WakeHub } from './wake-hub.ts';

export interface PollDependencies {
  readonly approvals: Approvals;
  readonly hub: WakeHub;
  readonly parked: ParkedLimits;
  readonly issuer: string;
  /** How long a poll is held, ms. */
  readonly holdMs: number;
}

const CHAIN = /^[A-Za-z0-9_-]{22,43}$/;

/**
 * The waiting page's long poll. It runs before sessions and body parsing and costs one store read and a map entry
 * while it is parked. What it may see hangs on the `browser` cookie alone (R6).
 */
export function createPoll(deps: PollDependencies) {
  return async function poll(ctx: Context): Promise<void> {
    ctx.set('cache-control', 'no-store');
    const chain = String(ctx.query['c'] ?? '');
    const version = String(ctx.query['v'] ?? '');
    const browser = browserHashFrom(ctx.req, deps.issuer);
    if (!CHAIN.test(chain) || browser === undefined) return answer(ctx, 403, { error: 'not_yours' });

    // Watch, then read, then wait: what happens in between is not missed (F15).
    const watch = deps.hub.watch(chain);
    const gone = new AbortController();
    const abort = () => gone.abort();
    ctx.res.once('close', abort);
    let release: (() => void) | undefined;
    try {
      const until = Date.now() + deps.holdMs;
      for (;;) {
        const found = await deps.approvals.find(chain);
        if (!found || found.challenge.browser !== browser) return answer(ctx, 403, { error: 'not_yours' });
        const { challenge, state, now } = found;
        const current = viewVersion(challenge, state);
        const left = Math.max(0, challenge.expiresAt - now);
        const hold = Math.min(until - Date.now(), state === 'pending' ? left : deps.holdMs);
        if (current !== version || hold <= 0 || gone.signal.aborted || deps.hub.closed) {
          const body: WaitingAnswer = {
            v: current,
            state: shown(state),
            secondsLeft: Math.ceil(left / 1000),
            ...(challenge.known
              ? { devices: challenge.devices.map(({ name, step }) => deviceProgress(name, step)) }
              : {}),
          };
          return answer(ctx, 200, body);
        }
        release ??= deps.parked.enter({
          interaction: chain,
          account: challenge.account,
          ...(challenge.known ? {} : { address: requestInfo(ctx.req).neighbour }),
        });
        if (!release) {
          ctx.set('retry-after', '5');
          return answer(ctx, 429, { error: 'too_many_waiting' });
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

function answer(ctx: Context, status: number, body: object): void {
  ctx.status = status;
  ctx.body = body;
}

/** What the page is told: a report is a deny there, and what was consumed was approved. */
function shown(state: ChallengeState): WaitingAnswer['state'] {
  if (state === 'reported') return 'denied';
  if (state === 'consumed') return 'approved';
  return state;
}
