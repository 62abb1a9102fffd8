import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WaitingAnswer } from '../http/page-models.ts';
import { newRequestId } from '../http/request-info.ts';
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
  /** Whose limit an unknown browser's poll counts against; see `limitSubject`. */
  readonly neighbourOf: (request: IncomingMessage) => string;
  /** Sent with every answer: those of all pages. */
  readonly headers: Readonly<Record<string, string>>;
  readonly onFailed: (error: unknown, requestId: string) => void;
}

/** The long poll of a waiting page. */
export interface Poll {
  /** Takes a request that is a poll, and answers it some time later. @returns `false` for any other request. */
  take(request: IncomingMessage, response: ServerResponse): boolean;
  /** Answers one, wherever it was asked: `c` in the query names the chain, `v` what the page shows. Never rejects. */
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

export const POLL_PATH = '/interaction/:uid/poll';
const PATH = /^\/interaction\/[^/?]+\/poll(?=\?|$)/;
const CHAIN = /^[A-Za-z0-9_-]{22,43}$/;

/** What a page may be told of a challenge now, and who counts it. Not the challenge: thousands of these are parked. */
interface View {
  readonly answer: WaitingAnswer;
  readonly account: string;
  readonly known: boolean;
  /** Until then nothing changes by time alone, ms. */
  readonly quietMs: number;
}

/**
 * It runs ahead of Koa, sessions and body parsing, and while it is parked costs one map entry, a timer and what Node
 * keeps of any open request. What it may see hangs on the `browser` cookie alone (R6).
 */
export function createPoll(deps: PollDependencies): Poll {
  const { approvals, hub, parked, holdMs } = deps;

  async function look(chain: string, browser: string): Promise<View | undefined> {
    const found = await approvals.find(chain);
    if (!found || found.challenge.browser !== browser) return undefined;
    const { challenge, state, now } = found;
    const left = Math.max(0, challenge.expiresAt - now);
    return {
      answer: {
        v: viewVersion(challenge, state),
        state: shown(state),
        secondsLeft: Math.ceil(left / 1000),
        ...(challenge.known
          ? { devices: challenge.devices.map(({ name, step }) => deviceProgress(name, step)) }
          : {}),
      },
      account: challenge.account,
      known: challenge.known,
      quietMs: state === 'pending' ? left : holdMs,
    };
  }

  async function wait(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const query = new URLSearchParams(request.url?.split('?', 2)[1]);
    const [chain, version] = [query.getAll('c').join(), query.getAll('v').join()];
    const browser = browserHashFrom(request, deps.issuer);
    if (!CHAIN.test(chain) || browser === undefined) return send(response, 403, { error: 'not_yours' });

    // Watch, then read, then wait: what happens in between is not missed (F15).
    const watch = hub.watch(chain);
    response.once('close', watch.end);
    let release: (() => void) | undefined;
    try {
      const until = Date.now() + holdMs;
      for (let first = true; ; first = false) {
        const view = await look(chain, browser);
        if (response.closed) return;
        if (!view) return send(response, 403, { error: 'not_yours' });
        // The whole time at first, whatever the read took: timers of one length share one list in Node.
        const hold = Math.min(first ? holdMs : until - Date.now(), view.quietMs);
        if (view.answer.v !== version || hold <= 0 || hub.closed) return send(response, 200, view.answer);
        release ??= parked.enter({
          interaction: chain,
          account: view.account,
          ...(view.known ? {} : { address: deps.neighbourOf(request) }),
        });
        if (!release) return send(response, 429, { error: 'too_many_waiting' }, { 'retry-after': '5' });
        await watch.next(hold);
        // Nobody is there to be told, so nothing is read: ten thousand may close at once.
        if (response.closed) return;
      }
    } finally {
      release?.();
      watch.end();
      response.removeListener('close', watch.end);
    }
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await wait(request, response);
    } catch (error) {
      const { status = 500, retryAfterS = 5 } = error as { status?: number; retryAfterS?: number };
      const requestId = newRequestId();
      const retry = { 'retry-after': String(retryAfterS), 'x-request-id': requestId };
      send(response, status, { error: 'try_again' }, retry);
      deps.onFailed(error, requestId);
    }
  }

  function send(
    response: ServerResponse,
    status: number,
    body: object,
    more?: Readonly<Record<string, string>>,
  ): void {
    if (response.closed) return;
    const text = JSON.stringify(body);
    response.writeHead(status, {
      ...deps.headers,
      'cache-control': 'no-store',
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
      'x-request-id': newRequestId(),
      ...more,
    });
    response.end(text);
  }

  return {
    answer,
    take(request, response) {
      if (!PATH.test(request.url ?? '') || (request.method !== 'GET' && request.method !== 'HEAD'))
        return false;
      void answer(request, response);
      return true;
    },
  };
}

/** What the page is told: a report is a deny there, and what was consumed was approved. */
function shown(state: ChallengeState): WaitingAnswer['state'] {
  if (state === 'reported') return 'denied';
  if (state === 'consumed') return 'approved';
  return state;
}
