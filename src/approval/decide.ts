import { randomBytes } from 'node:crypto';
import type { Away } from '../risk/device-away.ts';
import type { Challenge, ChallengeState, ReceiptStep } from './challenge.ts';

/**
 * The challenge as a pure state machine:
 * `pending → approved | denied | reported | failed | expired | superseded`, then `approved → consumed`.
 * Every function takes a record and the store's time and gives the next record, or says why not; the caller writes
 * it by compare-and-set. Times are epoch ms.
 */

/** After an approval the waiting page has this long to go on. */
export const CONSUME_WITHIN_MS = 120_000;

/** A verified answer, as the state machine needs it. */
export interface Verdict {
  readonly decision: 'approve' | 'deny' | 'report';
  /** For an approval: whether the number (or the QR's secret) is the one in the browser. */
  readonly numberMatches: boolean;
  readonly userVerified: boolean;
  /** Of an approval: measures how far the device is from the browser. */
  readonly away?: () => Away;
}

export type AnswerOutcome = 'approved' | 'denied' | 'reported' | 'wrong-number' | 'failed';

export type Decision =
  | { readonly challenge: Challenge; readonly outcome: AnswerOutcome }
  | { readonly refused: ChallengeState };

export function challengeId(chain: string): string {
  return `${randomBytes(32).toString('base64url')}.${chain}`;
}

/** The chain a challenge's id leads to, or `undefined` for what is no id. */
export function chainOf(id: string): string | undefined {
  return /^[A-Za-z0-9_-]{43}\.([A-Za-z0-9_-]{22,43})$/.exec(id)?.[1];
}

/** The state at `now`: time passes without anybody writing. */
export function stateAt(challenge: Challenge, now: number): ChallengeState {
  if (challenge.state === 'pending' && now >= challenge.expiresAt) return 'expired';
  if (challenge.state === 'approved' && now >= (challenge.answer?.at ?? 0) + CONSUME_WITHIN_MS)
    return 'expired';
  return challenge.state;
}

/**
 * A device's answer. An approval counts once and only while pending; a deny or report counts until an approval has
 * been consumed, so that a person who sees a mistake can still undo it (F1).
 */
export function decide(
  challenge: Challenge,
  verdict: Verdict,
  by: { readonly device: string; readonly at: number; readonly maxWrong: number },
): Decision {
  const state = stateAt(challenge, by.at);
  const answer = { device: by.device, at: by.at, userVerified: verdict.userVerified };
  if (verdict.decision !== 'approve') {
    if (state !== 'pending' && state !== 'approved') return { refused: state };
    const outcome = verdict.decision === 'deny' ? 'denied' : 'reported';
    return { challenge: { ...withStep(challenge, by.device, 'answered'), state: outcome, answer }, outcome };
  }
  if (state !== 'pending') return { refused: state };
  if (verdict.numberMatches) {
    return {
      challenge: { ...withStep(challenge, by.device, 'answered'), state: 'approved', answer },
      outcome: 'approved',
    };
  }
  const wrong = challenge.wrong + 1;
  const failed = wrong >= by.maxWrong;
  return {
    challenge: { ...challenge, wrong, ...(failed ? { state: 'failed' as const } : {}) },
    outcome: failed ? 'failed' : 'wrong-number',
  };
}

/**
 * The browser takes the approval. Once; the same interaction asking again hears the same.
 *
 * @param by the interaction chain's step that consumes.
 */
export function consume(
  challenge: Challenge,
  by: string,
  now: number,
): { readonly challenge: Challenge; readonly again: boolean } | { readonly refused: ChallengeState } {
  if (challenge.state === 'consumed' && challenge.consumedBy === by) return { challenge, again: true };
  const state = stateAt(challenge, now);
  if (state !== 'approved') return { refused: state };
  return { challenge: { ...challenge, state: 'consumed', consumedBy: by }, again: false };
}

/** The browser asked anew, or gave up: nothing can be answered any more. `undefined` when that changes nothing. */
export function supersede(challenge: Challenge, now: number): Challenge | undefined {
  const state = stateAt(challenge, now);
  return state === 'pending' || state === 'approved' ? { ...challenge, state: 'superseded' } : undefined;
}

const STEPS: readonly ReceiptStep[] = ['sent', 'delivered', 'opened', 'answered'];

/** Notes how far a device has come; never backwards. `undefined` when that changes nothing. */
export function receipt(challenge: Challenge, device: string, step: ReceiptStep): Challenge | undefined {
  const present = challenge.devices.find((one) => one.id === device);
  if (!present || (present.step && STEPS.indexOf(present.step) >= STEPS.indexOf(step))) return undefined;
  return withStep(challenge, device, step);
}

function withStep(challenge: Challenge, device: string, step: ReceiptStep): Challenge {
  return {
    ...challenge,
    devices: challenge.devices.map((one) => (one.id === device ? { ...one, step } : one)),
  };
}
