import type { ChallengeState } from '../approval/challenge.ts';
import {
  AnswerInvalid,
  type AnswerInvalidCode,
  parseAnswer,
  verifyAnswer,
} from '../approval/verify-answer.ts';
import type { DeviceErrorCode } from '../protocol/errors.ts';
import type { AnsweredMessage } from '../protocol/messages.ts';
import type { AnswerResult, DeviceApi } from './device-api.ts';
import { DeviceError } from './device-error.ts';
import { type CheckedSignature, checkAhead } from './public-key.ts';
import type { SignedAnswer } from './read-body.ts';
import { takeAssertion } from './take-assertion.ts';

/** Refusals with a code of their own; every other one is `invalid_answer`, with the reason in the log only. */
const INVALID: Partial<Record<AnswerInvalidCode, DeviceErrorCode>> = {
  account: 'wrong_device',
  device: 'wrong_device',
  'device-revoked': 'device_revoked',
  expired: 'challenge_expired',
  'assertion-required': 'assertion_required',
  assertion: 'invalid_assertion',
  'assertion-origin': 'invalid_assertion',
  'assertion-user': 'invalid_assertion',
  'assertion-counter': 'invalid_assertion',
};

const REFUSED: Record<ChallengeState, DeviceErrorCode> = {
  pending: 'invalid_answer',
  approved: 'challenge_decided',
  denied: 'challenge_decided',
  reported: 'challenge_decided',
  consumed: 'challenge_decided',
  failed: 'challenge_failed',
  expired: 'challenge_expired',
  superseded: 'challenge_superseded',
};

/**
 * Takes a signed answer: finds device and challenge, verifies, lets the approvals decide, and says in the protocol's
 * words what came of it.
 *
 * @param address of the device, as it answers.
 * @throws DeviceError
 */
export async function answerChallenge(
  api: DeviceApi,
  id: string,
  { jws, assertion: given }: SignedAnswer,
  address: string,
): Promise<AnsweredMessage> {
  try {
    const { issuer } = api;
    const answer = parseAnswer(jws);
    const { kid } = answer.header;
    let asking = true;
    let ahead: CheckedSignature | undefined;
    const deciding = api.approvals.answer(id, kid, async (device) => {
      asking = false;
      const assertion = given && (await takeAssertion(api, device, { jws, answer, ahead, assertion: given }));
      return (challenge, now) => {
        const away = api.away?.(challenge, address);
        const mustVerify = away?.mustVerify() ?? false;
        const verdict = verifyAnswer({
          answer,
          ahead,
          challenge,
          device,
          assertion,
          issuer,
          mustVerify,
          now,
        });
        return verdict.decision === 'approve' && away ? { ...verdict, away: away.measured } : verdict;
      };
    });
    // In the time that the questions take to Redis and back: once they have left, and if nobody has answered yet.
    setImmediate(() => {
      if (asking) ahead = checkAhead(kid, answer.signingInput, answer.signature);
    });
    return answered(await deciding);
  } catch (cause) {
    if (cause instanceof AnswerInvalid)
      throw new DeviceError(INVALID[cause.code] ?? 'invalid_answer', { cause });
    throw cause;
  }
}

function answered(result: AnswerResult): AnsweredMessage {
  if ('unknownDevice' in result) throw new DeviceError('device_unknown');
  if ('notFound' in result) throw new DeviceError('challenge_not_found');
  if ('refused' in result) throw new DeviceError(REFUSED[result.refused]);
  switch (result.outcome) {
    case 'wrong-number': {
      const { triesLeft } = result;
      throw new DeviceError(
        'wrong_number',
        triesLeft === undefined ? {} : { details: { tries_left: triesLeft } },
      );
    }
    case 'failed':
      throw new DeviceError('challenge_failed');
    default:
      return { state: result.outcome };
  }
}
