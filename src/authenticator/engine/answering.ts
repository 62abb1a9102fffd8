import type { Decision, SeenInBrowser } from '../../protocol/answer.ts';
import { DeviceApiError } from '../../protocol/device-api-error.ts';
import type { DeviceClient } from '../../protocol/device-client.ts';
import { endedAs, refusedAs } from './ending.ts';
import { failureOf, retryAfterMs } from './failures.ts';
import { confirmPerson, NotVerified } from './screen-lock.ts';
import type { AnswerProblem, OpenRequest, Outcome } from './state.ts';

/** What became of one try to answer: it is over, or the person may try again. */
export type Answered =
  | { readonly outcome: Outcome }
  | { readonly problem: AnswerProblem }
  | { readonly removed: true };

/** Signs what was shown and sends it; every way it can go wrong is one of `Answered`. */
export async function sendAnswer(
  client: DeviceClient,
  request: OpenRequest,
  decision: Decision,
  seen?: SeenInBrowser,
): Promise<Answered> {
  try {
    const { state } = await client.answer(request.challenge, decision, seen, confirmPerson);
    return { outcome: { kind: state, request } };
  } catch (error) {
    return refused(client, request, error);
  }
}

async function refused(client: DeviceClient, request: OpenRequest, error: unknown): Promise<Answered> {
  if (error instanceof NotVerified) return { problem: { kind: 'not-verified' } };
  const failure = failureOf(error);
  if (failure === 'unreachable') return { problem: { kind: 'unreachable' } };
  if (failure === 'busy')
    return { problem: { kind: 'busy', seconds: Math.ceil(retryAfterMs(error) / 1000) || 1 } };
  if (failure === 'removed') return { removed: true };
  const { code, details } = error as DeviceApiError;
  if (code === 'wrong_number') return { problem: { kind: 'wrong-number', triesLeft: details?.tries_left } };
  if (code === 'invalid_assertion' || code === 'assertion_required')
    return { problem: { kind: 'not-verified' } };
  if (code === 'challenge_decided') return { outcome: await howItEnded(client, request) };
  return { outcome: { kind: refusedAs(code), request, requestId: details?.request_id } };
}

/** Asks the server how a request ended that this device did not decide. */
export async function howItEnded(client: DeviceClient, request: OpenRequest): Promise<Outcome> {
  try {
    const { state } = await client.challenge(request.challenge.id);
    return { kind: endedAs(state), request };
  } catch (error) {
    return { kind: error instanceof DeviceApiError ? refusedAs(error.code) : 'expired', request };
  }
}

/** An answer of ours that nobody confirmed, and that was the one that counted: it was not somebody else's. */
export function ownWord(outcome: Outcome, unheard: Decision | undefined): Outcome {
  if (unheard === 'approve' && outcome.kind === 'approved-elsewhere') return { ...outcome, kind: 'approved' };
  if (unheard !== undefined && unheard !== 'approve' && outcome.kind === 'denied-elsewhere')
    return { ...outcome, kind: unheard === 'report' ? 'reported' : 'denied' };
  return outcome;
}
