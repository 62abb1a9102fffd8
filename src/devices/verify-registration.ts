import type { RegistrationResponse } from '../protocol/approval-credential.ts';
import { decodeBase64url, encodeBase64url } from '../protocol/base64url.ts';
import type { ApprovalCredential } from './approval-credential.ts';
import { unframedOrigin } from './client-data.ts';
import { CREDENTIAL_ALGORITHMS, isGoodCredentialKey } from './credential-key.ts';
import { DeviceError } from './device-error.ts';
import type { RelyingParty } from './relying-party.ts';

export interface RegistrationToVerify {
  readonly response: RegistrationResponse;
  readonly party: RelyingParty;
  /** Whether this is a challenge that was given to this very device a short while ago. */
  readonly isOurChallenge: (challenge: string) => Promise<boolean>;
  /** Epoch ms. */
  readonly now: number;
}

/**
 * Checks what a browser's `navigator.credentials.create()` gave (WebAuthn level 3 section 7.1). Without attestation
 * nothing here proves what made the key or that a person was verified; each later assertion proves the latter.
 *
 * @throws DeviceError `invalid_credential`.
 */
export async function verifyRegistration(input: RegistrationToVerify): Promise<ApprovalCredential> {
  const { response, party, isOurChallenge, now } = input;

  // A page of the authenticator asked for it, and no page of another origin around that.
  const origin = unframedOrigin(response.response.clientDataJSON);
  refuseUnless(origin !== undefined, 'client data: none, or of a frame in a foreign page');
  refuseUnless(origin === party.origin, `origin: got ${origin}, wanted ${party.origin}`);

  // It carries no certificates: nobody here would judge them, and nothing is fetched for them.
  refuseUnless(await hasNoCertificates(response.response.attestationObject), 'attestation format');

  // Type, challenge, origin again, rpIdHash, UP, UV and the form of everything.
  const info = await checked(response, party, isOurChallenge);

  // The credential named outside is the one inside.
  refuseUnless(info.credential.id === response.id, 'id: another inside');

  // The key is one that can be trusted to verify anything.
  const { decodeCredentialPublicKey } = await import('@simplewebauthn/server/helpers');
  const key = decodeCredentialPublicKey(info.credential.publicKey) as unknown as Map<number, unknown>;
  refuseUnless(isGoodCredentialKey(key), 'key: not a good one of an algorithm we asked for');

  return {
    id: info.credential.id,
    publicKey: encodeBase64url(info.credential.publicKey),
    counter: info.credential.counter,
    transports: response.response.transports,
    aaguid: info.aaguid,
    backupEligible: info.credentialDeviceType === 'multiDevice',
    backedUp: info.credentialBackedUp,
    createdAt: now,
  };
}

async function checked(
  response: RegistrationResponse,
  { id, origin }: RelyingParty,
  expectedChallenge: (challenge: string) => Promise<boolean>,
) {
  // Loading it costs half a second of processor time: only a process that meets a credential pays for it.
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server');
  const result = await verifyRegistrationResponse({
    response: { ...response, response: { ...response.response, transports: [] }, clientExtensionResults: {} },
    expectedChallenge,
    expectedOrigin: origin,
    expectedRPID: id,
    requireUserPresence: true,
    requireUserVerification: true,
    supportedAlgorithmIDs: Object.values(CREDENTIAL_ALGORITHMS),
  }).catch((cause: unknown) => {
    throw new DeviceError('invalid_credential', { cause });
  });
  refuseUnless(result.verified, 'attestation statement');
  return result.registrationInfo;
}

async function hasNoCertificates(attestationObject: string): Promise<boolean> {
  const { decodeAttestationObject } = await import('@simplewebauthn/server/helpers');
  try {
    const decoded = decodeAttestationObject(decodeBase64url(attestationObject) as Uint8Array<ArrayBuffer>);
    const format = decoded.get('fmt');
    return format === 'none' || (format === 'packed' && decoded.get('attStmt').get('x5c') === undefined);
  } catch {
    return false;
  }
}

function refuseUnless(good: boolean, why: string): asserts good {
  if (!good) throw new DeviceError('invalid_credential', { cause: why });
}
