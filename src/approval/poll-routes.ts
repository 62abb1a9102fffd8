import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WaitingAnswer } from '../http/models/shown-number.ts';
import { newRequestId } from '../http/request-info.ts';
import { deviceProgress } from '../http/words.ts';
import type { ParkedLimits } from '../limits/parked.ts';
import { browserHashFrom } from '../session/browser-cookie.ts';
import type { Approvals } from './approvals.ts';
import { type ChallengeState, decidedIn } from './challenge.ts';
import { viewVersion } from './view-version.ts';
import { type PollAnswer, type View, WaitingPoll, type WaitingPollParts } from './waiting-poll.ts';
import type { WakeHub } from './wake-hub.ts';

export interface PollDependencies {
  readonly approvals: Pick<Approvals, 'find'>;
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
  /** Answers one, wherever it was asked: `c` in the query names the chain, `v` what the page shows. */
  answer(request: IncomingMessage, response: ServerResponse): void;
}

export const POLL_PATH = '/interaction/:uid/poll';
const PATH = /^\/interaction\/[^/?]+\/poll(?=\?|$)/;
const CHAIN = /^[A-Za-z0-9_-]{22,43}$/;

/**
 * It runs ahead of Koa, sessions and body parsing, and while it is parked costs one object, a timer and what Node
 * keeps of any open request. What it may see hangs on the `browser` cookie alone (R6).
 */
export function createPoll(deps: PollDependencies): Poll {
  const parts: WaitingPollParts = { hub: deps.hub, holdMs: deps.holdMs, look, park, send };

  async function look({ chain, browser }: WaitingPoll, written?: unknown): Promise<View | undefined> {
    const found = decidedIn(written, chain) ?? (await deps.approvals.find(chain));
    if (!found || found.challenge.browser !== browser) return undefined;
    const { challenge, state, now } = found;
    const { account, known, devices, expiresAt } = challenge;
    const left = Math.max(0, expiresAt - now);
    const version = viewVersion(challenge, state);
    const body: WaitingAnswer = {
      v: version,
      state: shown(state),
      secondsLeft: Math.ceil(left / 1000),
      ...(known ? { devices: devices.map(({ name, step }) => deviceProgress(name, step)) } : {}),
    };
    return { version, account, known, quietMs: state === 'pending' ? left : deps.holdMs, body };
  }

  function park({ chain, response }: WaitingPoll, { account, known }: View): (() => void) | undefined {
    return deps.parked.enter(
      known
        ? { interaction: chain, account }
        : { interaction: chain, account, address: deps.neighbourOf(response.req) },
    );
  }

  function send({ response }: WaitingPoll, answer: PollAnswer): void {
    if ('view' in answer) sendJson(response, 200, answer.view.body);
    else if ('failed' in answer) sendFailed(response, answer.failed);
    else if (answer.refused === 'not_yours') sendJson(response, 403, { error: 'not_yours' });
    else sendJson(response, 429, { error: 'too_many_waiting' }, { 'retry-after': '5' });
  }

  function sendFailed(response: ServerResponse, error: unknown): void {
    const { status = 500, retryAfterS = 5 } = error as { status?: number; retryAfterS?: number };
    const requestId = newRequestId();
    const more = { 'retry-after': String(retryAfterS), 'x-request-id': requestId };
    sendJson(response, status, { error: 'try_again' }, more);
    deps.onFailed(error, requestId);
  }

  function sendJson(
    response: ServerResponse,
    status: number,
    body: object,
    more?: Readonly<Record<string, string>>,
  ): void {
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

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const query = new URLSearchParams(request.url?.split('?', 2)[1]);
    // A parameter given twice is none of ours: joined, it fits no pattern.
    const [chain, version] = [query.getAll('c').join(), query.getAll('v').join()];
    const browser = browserHashFrom(request, deps.issuer);
    if (!CHAIN.test(chain) || browser === undefined) sendJson(response, 403, { error: 'not_yours' });
    else new WaitingPoll(parts, { response, chain, version, browser }).start();
  }

  return {
    answer,
    take(request, response) {
      if (!PATH.test(request.url ?? '') || (request.method !== 'GET' && request.method !== 'HEAD'))
        return false;
      answer(request, response);
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
