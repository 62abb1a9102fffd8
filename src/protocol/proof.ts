import * as z from 'zod/mini';
import { randomBase64url, sha256Base64url } from './base64url.ts';
import type { DeviceSigner } from './device-key.ts';
import { JWS_TYPES, signCompact } from './jws.ts';

/** How far along a request is on the device; sent as a receipt, told only to known browsers. */
const RECEIPT_STEPS = ['delivered', 'opened'] as const;
export type DeviceReceiptStep = (typeof RECEIPT_STEPS)[number];

/**
 * Claims of a `countersign-proof+jwt`: the idea of RFC 9449 (DPoP), with a key the server knows already, so the
 * header has `kid` instead of `jwk`, and with the body inside what is signed.
 */
export const proofClaimsSchema = z.strictObject({
  /** HTTP method (RFC 9449 section 4.2). */
  htm: z.string().check(z.regex(/^[A-Z]{3,7}$/)),
  /** URL without query and fragment, on the public issuer URL. */
  htu: z.string().check(z.maxLength(2048)),
  jti: z.string().check(z.regex(/^[A-Za-z0-9_-]{16,64}$/)),
  /** Epoch seconds; within 5 minutes of the server's clock. */
  iat: z.int().check(z.nonnegative()),
  /** The server's nonce (RFC 9449 section 8). */
  nonce: z.exactOptional(z.string().check(z.maxLength(128))),
  /** SHA-256 of the request body, base64url; there exactly when the request has a body. */
  bsh: z.exactOptional(z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/))),
  /** Only in a receipt, where the proof itself is the body. */
  step: z.exactOptional(z.enum(RECEIPT_STEPS)),
});
export type ProofClaims = z.infer<typeof proofClaimsSchema>;

export interface ProofInput {
  readonly kid: string;
  readonly method: string;
  /** Query and fragment are cut off. */
  readonly url: string;
  readonly nonce?: string | undefined;
  readonly body?: string | undefined;
  readonly step?: DeviceReceiptStep | undefined;
  /** Epoch seconds. */
  readonly iat: number;
}

export async function buildProof(input: ProofInput, signer: DeviceSigner): Promise<string> {
  const claims: ProofClaims = {
    htm: input.method,
    htu: input.url.replace(/[?#].*$/, ''),
    jti: randomBase64url(16),
    iat: input.iat,
    ...(input.nonce === undefined ? {} : { nonce: input.nonce }),
    ...(input.body === undefined ? {} : { bsh: await sha256Base64url(input.body) }),
    ...(input.step === undefined ? {} : { step: input.step }),
  };
  return signCompact({ typ: JWS_TYPES.proof, kid: input.kid }, claims, signer);
}
