import * as z from 'zod/mini';
import { contextHash, PURPOSES, type SignedContext } from './context.ts';
import type { DeviceSigner } from './device-key.ts';
import { JWS_TYPES, signCompact } from './jws.ts';

export const DECISIONS = ['approve', 'deny', 'report'] as const;
export type Decision = (typeof DECISIONS)[number];

/** What a person proves having seen in the browser: the digits, or the secret of the QR. */
export type SeenInBrowser = { readonly number: string } | { readonly qr: string };

const id = z.string().check(z.minLength(1), z.maxLength(512));
const hash = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/));
const seconds = z.int().check(z.nonnegative());

const common = {
  ver: z.literal(1),
  /** The issuer. */
  aud: id,
  /** The account. */
  sub: id,
  /** The challenge's id. */
  jti: id,
  /** Epoch seconds by the device's clock: advice, since phone clocks are wrong. */
  iat: seconds,
  /** Copied from the challenge. */
  exp: seconds,
  purpose: z.enum(PURPOSES),
  /** SHA-256 of the context the device showed. */
  ctx: hash,
  nonce: id,
};

/** ASCII digits as text: `00012` is not 12, and full-width digits are not digits (F8). */
const digits = z.string().check(z.regex(/^[0-9]{1,10}$/));
const qr = z.string().check(z.regex(/^[A-Za-z0-9_-]{16,64}$/));

/**
 * Claims of a `countersign-response+jwt`. An approval carries the number or the QR secret, exactly one; a deny or a
 * report carries neither. No decision, or an unknown one, is no answer at all (R16).
 */
const answerClaimsSchema = z.union([
  z.strictObject({ ...common, decision: z.literal('approve'), number: digits }),
  z.strictObject({ ...common, decision: z.literal('approve'), qr }),
  z.strictObject({ ...common, decision: z.enum(['deny', 'report']) }),
]);
export type AnswerClaims = z.infer<typeof answerClaimsSchema>;

/** The claims are not those of an answer. */
export class AnswerMalformed extends Error {
  override readonly name = 'AnswerMalformed';
}

/** @throws AnswerMalformed */
export function parseAnswerClaims(claims: unknown): AnswerClaims {
  const parsed = answerClaimsSchema.safeParse(claims);
  if (!parsed.success) throw new AnswerMalformed(parsed.error.issues[0]?.message ?? 'claims');
  return parsed.data;
}

export interface AnswerInput {
  readonly issuer: string;
  /** The account the device belongs to. */
  readonly account: string;
  /** The challenge as the server described it and the person saw it. */
  readonly challenge: {
    readonly id: string;
    readonly context: SignedContext;
    readonly nonce: string;
    readonly exp: number;
  };
  readonly decision: Decision;
  /** Needed for `approve`, ignored otherwise: a deny never carries the number. */
  readonly seen?: SeenInBrowser;
  /** Epoch seconds. */
  readonly iat: number;
}

/** @throws AnswerMalformed when an approval has no number (or it is no number). */
export async function answerClaims(input: AnswerInput): Promise<AnswerClaims> {
  const { challenge, decision, seen } = input;
  return parseAnswerClaims({
    ver: 1,
    aud: input.issuer,
    sub: input.account,
    jti: challenge.id,
    iat: input.iat,
    exp: challenge.exp,
    purpose: challenge.context.purpose,
    ctx: await contextHash(challenge.context),
    nonce: challenge.nonce,
    decision,
    ...(decision === 'approve' && seen ? seen : {}),
  });
}

/** The signed answer: a compact JWS that is its own authentication. */
export async function buildAnswer(input: AnswerInput, kid: string, signer: DeviceSigner): Promise<string> {
  return signCompact({ typ: JWS_TYPES.response, kid }, await answerClaims(input), signer);
}
