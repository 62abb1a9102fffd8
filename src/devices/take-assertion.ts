import type { ParsedAnswer } from '../approval/verify-answer.ts';
import { AssertionInvalid, type AssertionOutcome, verifyAssertion } from '../approval/verify-assertion.ts';
import { type AssertionResponse, assertionChallenge } from '../protocol/approval-credential.ts';
import type { Device } from './device.ts';
import type { DeviceApi } from './device-api.ts';
import { type CheckedSignature, signatureHolds } from './public-key.ts';

/**
 * Verifies the assertion that came with an answer and notes its counter, before anything is decided. Refusals are
 * told to `verifyAnswer`, which has the whole list and lets them be written down.
 */
export async function takeAssertion(
  { party, devices }: Pick<DeviceApi, 'party' | 'devices'>,
  device: Device,
  given: {
    readonly jws: string;
    readonly answer: ParsedAnswer;
    readonly ahead: CheckedSignature | undefined;
    readonly assertion: AssertionResponse;
  },
): Promise<AssertionOutcome> {
  const { credential } = device;
  if (!credential) return refused('the device has no credential');
  // Whoever has not the device's key makes nobody work for an assertion.
  const { jws, answer, ahead, assertion } = given;
  if (!signatureHolds(device, answer.signingInput, answer.signature, ahead))
    return refused('the answer is not signed by the device');
  try {
    const challenge = await assertionChallenge(jws);
    const news = await verifyAssertion({ assertion, credential, party, challenge });
    if (await devices.noteAssertion(device, news)) return { verified: true };
    return { refused: 'assertion-counter', why: `got ${news.counter} a second time` };
  } catch (error) {
    if (!(error instanceof AssertionInvalid)) throw error;
    return { refused: error.code, why: error.message };
  }
}

function refused(why: string): AssertionOutcome {
  return { refused: 'assertion', why };
}
