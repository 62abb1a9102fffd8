import * as z from 'zod/mini';
import { randomBase64url } from './base64url.ts';
import type { DeviceSigner } from './device-key.ts';
import { JWS_TYPES, signCompact } from './jws.ts';

/** Characters of a typed code: 40 bits, always together with the user name (R26). */
export const CODE_CHARACTERS = 8;

const DEVICE_KINDS = ['web', 'terminal', 'native'] as const;
export type DeviceKind = (typeof DEVICE_KINDS)[number];

/** What entitles a device to enrol: the secret of the link, or the typed code with the user name. */
export type EnrolmentTicket =
  | { readonly secret: string }
  | { readonly code: string; readonly user_name: string };

/** 1 to 64 characters that can be shown: no control characters, no line or direction tricks. */
export const deviceNameSchema = z.string().check(
  z.minLength(1),
  z.maxLength(64),
  z.regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u),
  // Something that can be seen: no name of blanks or fillers alone.
  z.regex(/[\p{L}\p{N}\p{P}\p{S}]/u),
);

const common = {
  /** The issuer. */
  aud: z.string().check(z.minLength(1), z.maxLength(512)),
  name: deviceNameSchema,
  kind: z.enum(DEVICE_KINDS),
  /** `PushSubscription.toJSON()`; checked by the push code. */
  subscription: z.exactOptional(z.record(z.string(), z.unknown())),
  /** Epoch seconds, advice. */
  iat: z.int().check(z.nonnegative()),
  jti: z.string().check(z.regex(/^[A-Za-z0-9_-]{16,64}$/)),
};

/** Claims of a `countersign-enrolment+jwt`, signed by the key in its own header: that proves possession. */
export const enrolmentClaimsSchema = z.union([
  z.strictObject({ ...common, secret: z.string().check(z.minLength(20), z.maxLength(128)) }),
  z.strictObject({
    ...common,
    code: z.string().check(z.minLength(CODE_CHARACTERS), z.maxLength(32)),
    user_name: z.string().check(z.minLength(1), z.maxLength(256)),
  }),
]);
export type EnrolmentClaims = z.infer<typeof enrolmentClaimsSchema>;

export interface EnrolmentInput {
  readonly issuer: string;
  readonly ticket: EnrolmentTicket;
  readonly name: string;
  readonly kind: DeviceKind;
  readonly subscription?: unknown;
  /** Epoch seconds. */
  readonly iat: number;
}

export async function buildEnrolment(input: EnrolmentInput, signer: DeviceSigner): Promise<string> {
  const claims = {
    ...input.ticket,
    aud: input.issuer,
    name: input.name,
    kind: input.kind,
    ...(input.subscription ? { subscription: input.subscription } : {}),
    iat: input.iat,
    jti: randomBase64url(16),
  };
  return signCompact({ typ: JWS_TYPES.enrolment, jwk: signer.jwk }, claims, signer);
}
