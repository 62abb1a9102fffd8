import { counterWentUp } from '../devices/approval-credential.ts';
import { unframedOrigin } from '../devices/client-data.ts';
import { decodeBase64url } from '../protocol/base64url.ts';
import type { Passkey, PasskeyNews } from './passkey.ts';
import type { PasskeyParty } from './passkey-party.ts';
import type { PasskeyAssertion } from './responses.ts';

/**
 * Why a passkey was not taken. For the log; whoever tried hears one sentence, whatever it was. `docs/passkeys.md` says
 * what each of them means.
 */
export type PasskeyRefusal =
  | 'malformed'
  | 'challenge'
  | 'unknown'
  | 'account'
  | 'origin'
  | 'assertion'
  | 'user'
  | 'counter';

export class PasskeyInvalid extends Error {
  override readonly name = 'PasskeyInvalid';
  readonly code: PasskeyRefusal;

  constructor(code: PasskeyRefusal, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface PasskeyToVerify {
  readonly assertion: PasskeyAssertion;
  readonly passkey: Passkey;
  /** The account's user handle. */
  readonly handle: string;
  readonly party: PasskeyParty;
  /** Spent by now. */
  readonly challenge: string;
  /** Without a password in this sign-in the authenticator has to verify the person. */
  readonly requireUser: boolean;
}

/**
 * Is this the passkey, used by its owner on a page of ours, for this challenge (WebAuthn level 3 section 7.2)?
 *
 * An attacker may have an assertion that another page obtained, one of another challenge, or a copy of the key whose
 * counter lags. None of them gets past the list.
 *
 * @returns what to store, and whether the person was verified.
 * @throws PasskeyInvalid
 */
export async function verifyPasskey(
  input: PasskeyToVerify,
): Promise<PasskeyNews & { readonly userVerified: boolean }> {
  const { assertion, passkey, party } = input;
  const { clientDataJSON, userHandle } = assertion.response;

  // A page of ours asked for it, and no page of another origin around that.
  const origin = unframedOrigin(clientDataJSON);
  refuseUnless(origin !== undefined, 'client data: none, or of a frame in a foreign page', 'origin');
  refuseUnless(
    party.origins.includes(origin),
    `got ${origin}, wanted ${party.origins.join(' or ')}`,
    'origin',
  );

  // The authenticator made it for this account.
  if (userHandle) refuseUnless(userHandle === input.handle, 'user handle of another account');

  // Type, challenge, rpIdHash, UP and signature.
  const info = await checked(input, origin);

  // A person was verified, or a password was typed before.
  refuseUnless(info.userVerified || !input.requireUser, 'user not verified', 'user');

  // It is still the credential that it was: backup eligibility never changes.
  refuseUnless(
    (info.credentialDeviceType === 'multiDevice') === passkey.backupEligible,
    'backup eligibility changed',
  );

  // Nobody else has used it, and this assertion comes for the first time.
  refuseUnless(
    counterWentUp(passkey.counter, info.newCounter),
    `got ${info.newCounter} after ${passkey.counter}`,
    'counter',
  );

  return { counter: info.newCounter, backedUp: info.credentialBackedUp, userVerified: info.userVerified };
}

async function checked({ assertion, passkey, party, challenge }: PasskeyToVerify, expectedOrigin: string) {
  const { id, rawId, type, response } = assertion;
  const { authenticatorData, clientDataJSON, signature } = response;
  // Loading it costs half a second of processor time: only a process that meets a passkey pays for it.
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server');
  const result = await verifyAuthenticationResponse({
    response: {
      id,
      rawId,
      type,
      response: { authenticatorData, clientDataJSON, signature },
      clientExtensionResults: {},
    },
    expectedChallenge: challenge,
    expectedOrigin,
    expectedRPID: party.id,
    // Judged by the caller, with a code of its own.
    requireUserVerification: false,
    credential: {
      id: passkey.id,
      publicKey: decodeBase64url(passkey.publicKey) as Uint8Array<ArrayBuffer>,
      // 0: the counter is compared above and once more where it is written.
      counter: 0,
    },
  }).catch((cause: unknown) => {
    throw new PasskeyInvalid('assertion', cause instanceof Error ? cause.message : 'malformed', { cause });
  });
  // A wrong signature is not thrown by the library.
  refuseUnless(result.verified, 'signature');
  return result.authenticationInfo;
}

function refuseUnless(good: boolean, why: string, code: PasskeyRefusal = 'assertion'): asserts good {
  if (!good) throw new PasskeyInvalid(code, why);
}
