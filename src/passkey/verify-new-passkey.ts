import type { X509Certificate } from 'node:crypto';
import { unframedOrigin } from '../devices/client-data.ts';
import { CREDENTIAL_ALGORITHMS, isGoodCredentialKey } from '../devices/credential-key.ts';
import { encodeBase64url } from '../protocol/base64url.ts';
import { leadsToRoot } from './attestation-roots.ts';
import { readStatement } from './attestation-statement.ts';
import type { Passkey } from './passkey.ts';
import type { PasskeyParty } from './passkey-party.ts';
import type { PasskeyRegistration } from './responses.ts';

/** Which passkeys may be made. */
export interface PasskeyRules {
  /** Whether an authenticator is asked to prove its model, and refused without a proof that leads to a root. */
  readonly attestation: 'none' | 'preferred' | 'required';
  readonly roots: readonly X509Certificate[];
  /** AAGUIDs; any where none is named. */
  readonly allowedModels: readonly string[];
}

/** `model` and `attestation` are policy's, and the person may be told; the rest is for the log. */
export type NewPasskeyRefusal =
  | 'malformed'
  | 'challenge'
  | 'origin'
  | 'registration'
  | 'attestation'
  | 'model';

export class NewPasskeyInvalid extends Error {
  override readonly name = 'NewPasskeyInvalid';
  readonly code: NewPasskeyRefusal;

  constructor(code: NewPasskeyRefusal, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface PasskeyToMake {
  readonly registration: PasskeyRegistration;
  readonly party: PasskeyParty;
  /** Spent by now. */
  readonly challenge: string;
  readonly rules: PasskeyRules;
  /** Epoch ms. */
  readonly now: number;
}

/** Whose certificates can prove a model. */
const PROVING = ['packed', 'fido-u2f', 'tpm', 'apple'];
/**
 * Taken as if they proved nothing. For `android-key` the library trusts whatever certificate comes last, and fetches
 * from the addresses that the others name; Android's passkeys carry none of it, they are copied between devices.
 */
const UNPROVED = ['none', 'android-key'];

/**
 * Checks what a browser's `navigator.credentials.create()` gave (WebAuthn level 3 section 7.1). Whether the person was
 * verified is not asked here: each use says it anew.
 *
 * @throws NewPasskeyInvalid
 */
export async function verifyNewPasskey(input: PasskeyToMake): Promise<Omit<Passkey, 'name'>> {
  const { registration, party, rules, now } = input;
  const { response } = registration;

  // A page of ours asked for it, and no page of another origin around that.
  const origin = unframedOrigin(response.clientDataJSON);
  refuseUnless(origin !== undefined, 'client data: none, or of a frame in a foreign page', 'origin');
  refuseUnless(
    party.origins.includes(origin),
    `got ${origin}, wanted ${party.origins.join(' or ')}`,
    'origin',
  );

  // Certificates are judged here alone, before the library sees any: it would fetch revocation lists from addresses
  // that they name. Those that lead to no root of ours prove nothing, and are left out.
  const statement = await readStatement(response.attestationObject);
  refuseUnless(statement !== undefined, 'attestation object: malformed');
  const { format, x5c, saidNothing } = statement;
  const mayProve = PROVING.includes(format);
  refuseUnless(mayProve || UNPROVED.includes(format), `attestation format ${format}`);
  const proved = mayProve && x5c !== undefined && leadsToRoot(x5c, rules.roots, new Date(now));
  const attestationObject = x5c === undefined || proved ? response.attestationObject : saidNothing;

  // Type, challenge, rpIdHash, UP, the attestation's own signature, and the form of everything.
  const info = await checked(input, origin, attestationObject);

  // The credential named outside is the one inside.
  refuseUnless(info.credential.id === registration.id, 'id: another inside');

  // The key is one that can be trusted to verify anything.
  const { decodeCredentialPublicKey } = await import('@simplewebauthn/server/helpers');
  const key = decodeCredentialPublicKey(info.credential.publicKey) as unknown as Map<number, unknown>;
  refuseUnless(isGoodCredentialKey(key), 'key: not a good one of an algorithm we asked for');

  // Its model, as far as policy wants to know it, and whether that is proved.
  refuseUnless(proved || rules.attestation !== 'required', `${format} leads to no root`, 'attestation');
  const { allowedModels } = rules;
  const allowed = allowedModels.length === 0 || allowedModels.includes(info.aaguid);
  refuseUnless(allowed, `model ${info.aaguid}`, 'model');

  const backupEligible = info.credentialDeviceType === 'multiDevice';
  return {
    id: info.credential.id,
    publicKey: encodeBase64url(info.credential.publicKey),
    counter: info.credential.counter,
    transports: response.transports,
    aaguid: info.aaguid,
    // What may be copied is bound to no hardware, whoever attests it.
    attested: proved && !backupEligible,
    discoverable: registration.clientExtensionResults.credProps?.rk ?? false,
    backupEligible,
    backedUp: info.credentialBackedUp,
    createdAt: now,
    lastUsedAt: null,
  };
}

async function checked(
  { registration, party, challenge }: PasskeyToMake,
  expectedOrigin: string,
  attestationObject: string,
) {
  const { id, rawId, type, response } = registration;
  // Loading it costs half a second of processor time: only a process that meets a passkey pays for it.
  const { SettingsService, verifyRegistrationResponse } = await import('@simplewebauthn/server');
  // It brings roots of its own for some; with any it fetches revocation lists.
  for (const identifier of ['apple', 'fido-u2f', 'packed', 'tpm'] as const)
    SettingsService.setRootCertificates({ identifier, certificates: [] });
  const { clientDataJSON } = response;
  const result = await verifyRegistrationResponse({
    response: {
      id,
      rawId,
      type,
      response: { clientDataJSON, attestationObject, transports: [] },
      clientExtensionResults: {},
    },
    expectedChallenge: challenge,
    expectedOrigin,
    expectedRPID: party.id,
    requireUserPresence: true,
    requireUserVerification: false,
    supportedAlgorithmIDs: Object.values(CREDENTIAL_ALGORITHMS),
  }).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : 'malformed';
    throw new NewPasskeyInvalid('registration', why, { cause });
  });
  refuseUnless(result.verified, 'attestation statement');
  return result.registrationInfo;
}

function refuseUnless(good: boolean, why: string, code: NewPasskeyRefusal = 'registration'): asserts good {
  if (!good) throw new NewPasskeyInvalid(code, why);
}
