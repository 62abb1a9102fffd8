import { algorithmOf, type DeviceAlgorithm, type PublicDeviceJwk } from '../protocol/device-key.ts';
import { type EnrolmentClaims, enrolmentClaimsSchema } from '../protocol/enrolment.ts';
import { enrolmentHeaderSchema, JWS_TYPES, JwsMalformed, parseCompact } from '../protocol/jws.ts';
import { DeviceError } from './device-error.ts';
import { checkDeviceKey } from './key-check.ts';
import { importPublicKey, verifySignature } from './public-key.ts';

export interface VerifiedEnrolment {
  readonly jwk: PublicDeviceJwk;
  readonly alg: DeviceAlgorithm;
  readonly claims: EnrolmentClaims;
}

/**
 * Checks a self-signed enrolment: whoever sent it holds the private key. Whether link or code is good comes after.
 * `iat` is not checked: the link works once and for 10 minutes, by the server's clock.
 *
 * @throws DeviceError `invalid_request`, `invalid_key`.
 */
export function verifyEnrolment(jws: string, issuer: string): VerifiedEnrolment {
  const { header, claims: unchecked, signingInput, signature } = parse(jws);

  // It is an enrolment, not another message.
  refuseUnless(header.typ === JWS_TYPES.enrolment, `typ: wanted ${JWS_TYPES.enrolment}`);

  // The key is one that can be trusted to verify anything.
  const jwk = checkDeviceKey(header.jwk);

  // The algorithm is the key's own.
  refuseUnless(header.alg === algorithmOf(jwk), 'alg: not the algorithm of this key');

  // The sender holds the private key.
  refuseUnless(verifySignature(importPublicKey(jwk), header.alg, signingInput, signature), 'signature');

  // The claims are those of an enrolment.
  const parsed = enrolmentClaimsSchema.safeParse(unchecked);
  if (!parsed.success) throw new DeviceError('invalid_request', { cause: parsed.error });

  // It was meant for this server.
  refuseUnless(parsed.data.aud === issuer, `aud: wanted ${issuer}`);

  return { jwk, alg: header.alg, claims: parsed.data };
}

function parse(jws: string) {
  try {
    return parseCompact(jws, enrolmentHeaderSchema);
  } catch (cause) {
    if (!(cause instanceof JwsMalformed)) throw cause;
    throw new DeviceError(cause.message === 'header members' ? 'invalid_key' : 'invalid_request', { cause });
  }
}

function refuseUnless(good: boolean, why: string): asserts good {
  if (!good) throw new DeviceError('invalid_request', { cause: why });
}
