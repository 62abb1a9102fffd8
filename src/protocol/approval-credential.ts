import * as z from 'zod/mini';
import { decodeBase64url, sha256Base64url } from './base64url.ts';
import { JwsMalformed } from './jws.ts';

/**
 * WebAuthn credentials that say "a verified person was at this device" with an approval. JSON forms are those of
 * WebAuthn level 3 (`toJSON()`, `parseCreationOptionsFromJSON()`), so this file needs no browser.
 */

const base64url = (max: number) => z.string().check(z.regex(/^[A-Za-z0-9_-]+$/), z.maxLength(max));
/** WebAuthn level 3 section 4: a credential id has at most 1023 bytes. */
const credentialId = base64url(1364);
const transports = z.array(z.string().check(z.maxLength(32))).check(z.maxLength(8));

/** A device's approval credential, as the server tells it to that device. */
export const credentialMessage = z.looseObject({
  id: credentialId,
  /** Hints for the browser, as the browser gave them at enrolment. */
  transports,
  /** Host of the authenticator's origin. */
  rp_id: z.string(),
});
export type CredentialMessage = z.infer<typeof credentialMessage>;

/** `PublicKeyCredentialCreationOptionsJSON`: handed to the browser as it came. */
export const creationOptionsMessage = z.looseObject({
  challenge: base64url(128),
  rp: z.looseObject({ id: z.string(), name: z.string() }),
  user: z.looseObject({ id: base64url(86), name: z.string(), displayName: z.string() }),
  pubKeyCredParams: z.array(z.looseObject({ type: z.literal('public-key'), alg: z.int() })),
});
export type CreationOptionsMessage = z.infer<typeof creationOptionsMessage>;

const credential = { id: credentialId, rawId: credentialId, type: z.literal('public-key') };

/** What the server needs of a `RegistrationResponseJSON`; browsers say more, and that is dropped. */
export const registrationResponseSchema = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: base64url(4096),
    attestationObject: base64url(8192),
    transports: z._default(transports, []),
  }),
});
export type RegistrationResponse = z.infer<typeof registrationResponseSchema>;

/** What the server needs of an `AuthenticationResponseJSON`. */
export const assertionResponseSchema = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: base64url(4096),
    authenticatorData: base64url(2048),
    signature: base64url(1024),
  }),
});
export type AssertionResponse = z.infer<typeof assertionResponseSchema>;

export const registerCredentialBody = z.strictObject({ credential: registrationResponseSchema });
/** An answer with its assertion. */
export const assertedAnswerBody = z.strictObject({
  response: z.string(),
  assertion: assertionResponseSchema,
});

/**
 * The WebAuthn challenge that binds an assertion to a signed answer: base64url SHA-256 of the JWS payload's bytes.
 *
 * @throws JwsMalformed
 */
export function assertionChallenge(jws: string): Promise<string> {
  const payload = decodeBase64url(jws.split('.')[1] ?? '');
  if (!payload?.length) throw new JwsMalformed('no payload');
  return sha256Base64url(payload);
}

/** `PublicKeyCredentialRequestOptionsJSON` of one answer. */
export interface AssertionOptions {
  readonly challenge: string;
  readonly rpId: string;
  readonly allowCredentials: { type: 'public-key'; id: string; transports: string[] }[];
  readonly userVerification: 'required';
}

/** @param challenge of `assertionChallenge`. */
export function assertionOptions(
  challenge: string,
  { id, rp_id, transports }: CredentialMessage,
): AssertionOptions {
  return {
    challenge,
    rpId: rp_id,
    allowCredentials: [{ type: 'public-key', id, transports: [...transports] }],
    userVerification: 'required',
  };
}
