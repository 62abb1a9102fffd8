import {
  type ApprovalCredential,
  type AssertionNews,
  counterWentUp,
} from '../devices/approval-credential.ts';
import { unframedOrigin } from '../devices/client-data.ts';
import type { RelyingParty } from '../devices/relying-party.ts';
import type { AssertionResponse } from '../protocol/approval-credential.ts';
import { decodeBase64url } from '../protocol/base64url.ts';

/**
 * What an admin may have to act on has a code of its own: a counter that did not go up may mean that the credential was
 * copied, another origin that the configured one is wrong or that somebody imitates it.
 */
export type AssertionInvalidCode = 'assertion' | 'assertion-origin' | 'assertion-user' | 'assertion-counter';

/** What came of an assertion, for whoever verifies the answer it belongs to. */
export type AssertionOutcome =
  | { readonly verified: true }
  | { readonly refused: AssertionInvalidCode; readonly why: string };

/** The assertion is none of a verified person for this answer. The message is for the log. */
export class AssertionInvalid extends Error {
  override readonly name = 'AssertionInvalid';
  readonly code: AssertionInvalidCode;

  constructor(code: AssertionInvalidCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface AssertionToVerify {
  readonly assertion: AssertionResponse;
  /** The answering device's own. */
  readonly credential: ApprovalCredential;
  readonly party: RelyingParty;
  /** What the server computed from the answer that came along (`assertionChallenge`). */
  readonly challenge: string;
}

/**
 * Did a person whom this device's authenticator verified agree to exactly this answer (WebAuthn level 3 section 7.2)?
 *
 * An attacker may hold the device's key without its fingerprint, an older assertion of it, an assertion for another
 * answer, or one that another page or another device obtained. None of them gets past the list.
 *
 * @returns what to store; the counter was compared with the record as it was read, and has to be again when written.
 * @throws AssertionInvalid
 */
export async function verifyAssertion(input: AssertionToVerify): Promise<AssertionNews> {
  const { assertion, credential, party, challenge } = input;

  // It is by the credential of this device.
  refuseUnless(assertion.id === credential.id, 'another credential');

  // A page of the authenticator asked for it, and no page of another origin around that.
  const origin = unframedOrigin(assertion.response.clientDataJSON);
  refuseUnless(origin !== undefined, 'client data: none, or of a frame in a foreign page');
  refuseUnless(origin === party.origin, `got ${origin}, wanted ${party.origin}`, 'assertion-origin');

  // Type, challenge, origin again, rpIdHash, UP and signature.
  const info = await checked(assertion, credential, party, challenge);

  // The person was verified, not only there.
  refuseUnless(info.userVerified, 'user not verified', 'assertion-user');

  // It is still the credential that it was: backup eligibility never changes.
  refuseUnless(
    (info.credentialDeviceType === 'multiDevice') === credential.backupEligible,
    'backup eligibility changed',
  );

  // Nobody else has used the credential, and this assertion comes for the first time.
  refuseUnless(
    counterWentUp(credential.counter, info.newCounter),
    `got ${info.newCounter} after ${credential.counter}`,
    'assertion-counter',
  );

  return { counter: info.newCounter, backedUp: info.credentialBackedUp };
}

async function checked(
  assertion: AssertionResponse,
  { id, publicKey }: ApprovalCredential,
  party: RelyingParty,
  expectedChallenge: string,
) {
  // Loading it costs half a second of processor time: only a process that meets a credential pays for it.
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server');
  const result = await verifyAuthenticationResponse({
    response: { ...assertion, clientExtensionResults: {} },
    expectedChallenge,
    expectedOrigin: party.origin,
    expectedRPID: party.id,
    // Judged by the caller, with a code of its own.
    requireUserVerification: false,
    // 0: the counter is compared above and once more where it is written.
    credential: { id, publicKey: decodeBase64url(publicKey) as Uint8Array<ArrayBuffer>, counter: 0 },
  }).catch((cause: unknown) => {
    throw new AssertionInvalid('assertion', cause instanceof Error ? cause.message : 'malformed', { cause });
  });
  // A wrong signature is not thrown by the library.
  refuseUnless(result.verified, 'signature');
  return result.authenticationInfo;
}

function refuseUnless(good: boolean, why: string, code: AssertionInvalidCode = 'assertion'): asserts good {
  if (!good) throw new AssertionInvalid(code, why);
}
