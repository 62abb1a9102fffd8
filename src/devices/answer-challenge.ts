import {
  AnswerInvalid,
  type AnswerInvalidCode,
  answeringDevice,
  verifyAnswer,
} from '../approval/verify-answer.ts';
import type { DeviceErrorCode } from '../protocol/errors.ts';
import type { AnsweredMessage } from '../protocol/messages.ts';
import type { AnswerOutcome, DeviceApi } from './device-api.ts';
import { DeviceError } from './device-error.ts';

const INVALID: Partial<Record<AnswerInvalidCode, DeviceErrorCode>> = {
  account: 'wrong_device',
  device: 'wrong_device',
  'device-revoked': 'device_revoked',
  expired: 'challenge_expired',
};

/**
 * Takes a signed answer: finds device and challenge, verifies, lets the approvals decide, and says in the protocol's
 * words what came of it.
 *
 * @throws DeviceError
 */
export async function answerChallenge(api: DeviceApi, id: string, jws: string): Promise<AnsweredMessage> {
  try {
    const device = await api.devices.find(answeringDevice(jws));
    if (!device) throw new DeviceError('wrong_device', { cause: 'kid: no such device' });
    const challenge = await api.approvals.find(id);
    if (!challenge) throw new DeviceError('challenge_not_found');
    const now = await api.proofs.store.now();
    const verified = verifyAnswer({ jws, challenge, device, issuer: api.issuer, now });
    return answered(await api.approvals.answer(id, device, verified));
  } catch (cause) {
    if (cause instanceof AnswerInvalid)
      throw new DeviceError(INVALID[cause.code] ?? 'invalid_answer', { cause });
    throw cause;
  }
}

function answered(outcome: AnswerOutcome | undefined): AnsweredMessage {
  if (!outcome) throw new DeviceError('challenge_not_found');
  const { accepted, state, triesLeft } = outcome;
  switch (state) {
    case 'approved':
    case 'denied':
    case 'reported':
      if (accepted) return { state };
      throw new DeviceError('challenge_decided');
    case 'consumed':
      throw new DeviceError('challenge_decided');
    case 'pending':
      throw new DeviceError(
        'wrong_number',
        triesLeft === undefined ? {} : { details: { tries_left: triesLeft } },
      );
    case 'failed':
      throw new DeviceError('challenge_failed');
    case 'expired':
      throw new DeviceError('challenge_expired');
    case 'superseded':
      throw new DeviceError('challenge_superseded');
  }
}
