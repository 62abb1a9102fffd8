import { createHash } from 'node:crypto';
import type * as z from 'zod/mini';
import type { Device } from '../devices/device.ts';
import { equalText } from '../devices/equal-text.ts';
import { type CheckedSignature, signatureHolds } from '../devices/public-key.ts';
import { type AnswerClaims, AnswerMalformed, parseAnswerClaims } from '../protocol/answer.ts';
import { canonicalContext } from '../protocol/context.ts';
import { accountOfDevice } from '../protocol/device-id.ts';
import { JWS_TYPES, JwsMalformed, keyedHeaderSchema, type ParsedJws, parseCompact } from '../protocol/jws.ts';
import { type Challenge, needsVerifiedPerson } from './challenge.ts';
import type { Verdict } from './decide.ts';
import type { AssertionInvalidCode, AssertionOutcome } from './verify-assertion.ts';

export type AnswerInvalidCode =
  | 'form'
  | 'typ'
  | 'kid'
  | 'account'
  | 'device'
  | 'alg'
  | 'signature'
  | 'device-revoked'
  | 'claims'
  | 'aud'
  | 'sub'
  | 'jti'
  | 'nonce'
  | 'purpose'
  | 'exp'
  | 'ctx'
  | 'expired'
  | 'assertion-required'
  | AssertionInvalidCode;

/** The answer is not one to this challenge by this device. The message is for the log; it holds no number. */
export class AnswerInvalid extends Error {
  override readonly name = 'AnswerInvalid';
  readonly code: AnswerInvalidCode;

  constructor(code: AnswerInvalidCode, message: string, options?: ErrorOptions) {
    super(`${code}: ${message}`, options);
    this.code = code;
  }
}

/** An answer taken apart, of which nothing is believed yet. */
export type ParsedAnswer = ParsedJws<z.infer<typeof keyedHeaderSchema>>;

export interface AnswerToVerify {
  readonly answer: ParsedAnswer;
  /** What `checkAhead` said of its signature. */
  readonly ahead?: CheckedSignature | undefined;
  /** The server's own record: every claim is compared with it (R14, R15). */
  readonly challenge: Challenge;
  /** The device the header's `kid` names, as the server knows it. */
  readonly device: Device;
  /** What came of the assertion that came along; absent when none did. */
  readonly assertion?: AssertionOutcome | undefined;
  readonly issuer: string;
  /** Only a verified person's approval counts, for another reason than the challenge's own. */
  readonly mustVerify?: boolean;
  /** Epoch ms on the store's clock. */
  readonly now: number;
}

/**
 * Did this device, of this account, say this about exactly what it was shown?
 *
 * An attacker may hold: another account's device, an older answer of the same device, a signature's (r, n-s) twin, a
 * revoked device. None of them gets past the list; that an answer counts only once is the state machine's part.
 *
 * @returns what was decided. A wrong number is no error but `numberMatches: false`, which the state machine counts;
 *   it is also `false` for a deny or report, which need none.
 * @throws AnswerInvalid
 */
export function verifyAnswer(given: AnswerToVerify): Verdict {
  const { challenge, device, issuer, now } = given;
  const { header, claims: unchecked, signingInput, signature } = given.answer;

  // It is an answer, not another message signed by the same key.
  check(header.typ === JWS_TYPES.response, 'typ', header.typ, JWS_TYPES.response);

  // It was signed by the device it is taken for.
  check(equalText(header.kid, device.id), 'kid', header.kid, device.id);

  // The device belongs to the account that is signing in.
  check(
    accountOfDevice(device.id) === challenge.account,
    'account',
    accountOfDevice(device.id),
    challenge.account,
  );

  // The request was offered to this device.
  if (!challenge.devices.some((offered) => offered.id === device.id)) {
    throw new AnswerInvalid('device', `${device.id} was not asked`);
  }

  // The algorithm is the one pinned at enrolment, whatever the header would like (R18).
  check(header.alg === device.alg, 'alg', header.alg, device.alg);

  // The signature is right; high-s and (r, n-s) twins are (R20, R21).
  if (!signatureHolds(device, signingInput, signature, given.ahead)) {
    throw new AnswerInvalid('signature', 'does not verify');
  }

  // The device was not removed meanwhile (R23).
  check(device.state === 'active', 'device-revoked', device.state, 'active');

  // The claims are those of an answer, with a decision we know, and a number exactly when it approves (R16).
  const claims = parseClaims(unchecked);

  // It was meant for this server.
  check(claims.aud === issuer, 'aud', claims.aud, issuer);

  // It speaks for the account that is signing in.
  check(claims.sub === challenge.account, 'sub', claims.sub, challenge.account);

  // It answers this challenge.
  check(equalText(claims.jti, challenge.id), 'jti', claims.jti, challenge.id);

  // It carries the nonce the server made for it (R17).
  if (!equalText(claims.nonce, challenge.nonce)) throw new AnswerInvalid('nonce', 'another nonce');

  // It is for the same purpose: a sign-in's approval is none for a change of factors (R24).
  check(claims.purpose === challenge.purpose, 'purpose', claims.purpose, challenge.purpose);

  // It says the same end of life.
  const exp = Math.floor(challenge.expiresAt / 1000);
  check(claims.exp === exp, 'exp', claims.exp, exp);

  // What the device showed is what the server said (R14).
  const ctx = createHash('sha256').update(canonicalContext(challenge.context)).digest('base64url');
  check(equalText(claims.ctx, ctx), 'ctx', claims.ctx, ctx);

  // It is not too late to approve, by the store's clock (R4). A deny is never too late: it may still undo an approval
  // that no browser has taken (F1), and the state machine knows whether there is one.
  check(
    claims.decision !== 'approve' || now < challenge.expiresAt,
    'expired',
    now,
    `before ${challenge.expiresAt}`,
  );

  // Refusing takes no assertion: it lets nobody in, and has to be possible at once.
  if (claims.decision !== 'approve')
    return { decision: claims.decision, numberMatches: false, userVerified: false };

  // A device with a credential approves by a verified person only (R60), before its number is looked at: whoever has
  // the device's key alone learns nothing of the number and uses up no try.
  const userVerified = isUserVerified(device, given.assertion);
  if ((given.mustVerify || needsVerifiedPerson(challenge)) && !userVerified)
    throw new AnswerInvalid('assertion-required', 'this request counts only with a verified person');

  // The person saw the number, or the QR, in the browser that is signing in.
  const numberMatches =
    'number' in claims ? equalText(claims.number, challenge.number) : equalText(claims.qr, challenge.qr);
  return { decision: 'approve', numberMatches, userVerified };
}

function isUserVerified(device: Device, assertion: AssertionOutcome | undefined): boolean {
  if (assertion && 'refused' in assertion) throw new AnswerInvalid(assertion.refused, assertion.why);
  if (!device.credential && assertion) throw new AnswerInvalid('assertion', 'the device has no credential');
  if (device.credential && !assertion) throw new AnswerInvalid('assertion-required', 'none came');
  return assertion?.verified === true;
}

/**
 * Takes the compact JWS apart. Its header's `kid` is the device it claims to come from: what to look up before
 * `verifyAnswer`.
 *
 * @throws AnswerInvalid `form`.
 */
export function parseAnswer(jws: string): ParsedAnswer {
  try {
    return parseCompact(jws, keyedHeaderSchema);
  } catch (cause) {
    if (cause instanceof JwsMalformed) throw new AnswerInvalid('form', cause.message, { cause });
    throw cause;
  }
}

function parseClaims(unchecked: unknown): AnswerClaims {
  try {
    return parseAnswerClaims(unchecked);
  } catch (cause) {
    if (cause instanceof AnswerMalformed)
      throw new AnswerInvalid('claims', 'not those of an answer', { cause });
    throw cause;
  }
}

function check(good: boolean, code: AnswerInvalidCode, got: unknown, wanted: unknown): asserts good {
  if (!good) throw new AnswerInvalid(code, `got ${JSON.stringify(got)}, wanted ${JSON.stringify(wanted)}`);
}
