import { createHash } from 'node:crypto';
import { JWS_TYPES, JwsMalformed, keyedHeaderSchema, parseCompact } from '../protocol/jws.ts';
import { type ProofClaims, proofClaimsSchema } from '../protocol/proof.ts';
import { keys } from '../store/keys.ts';
import type { Store } from '../store/port.ts';
import type { Device } from './device.ts';
import { DeviceError } from './device-error.ts';
import { equalText } from './equal-text.ts';
import { publicKeyOf, verifySignature } from './public-key.ts';
import type { ServerNonces } from './server-nonce.ts';

/** Phone clocks are wrong: the nonce proves freshness, `iat` only bounds how long a `jti` must be remembered. */
const IAT_LEEWAY_S = 300;
/** A proof is acceptable for at most twice the leeway; the rest is for nodes whose clocks differ. */
const REMEMBER_JTI_MS = 15 * 60_000;

export interface ProofCall {
  readonly jws: string;
  readonly method: string;
  /** The configured public issuer URL and the path: never the Host header. */
  readonly url: string;
  /** The raw body; `undefined` when there is none or the proof itself is the body. */
  readonly body?: string | undefined;
}

export interface ProofDependencies {
  readonly store: Store;
  readonly nonces: ServerNonces;
  /** Whoever has this id, in whatever state, pending and revoked too. */
  readonly findDevice: (id: string) => Promise<Device | undefined>;
  /** ms. */
  readonly now: () => number;
}

export interface VerifiedProof {
  readonly device: Device;
  readonly claims: ProofClaims;
}

/**
 * Who is calling? A straight list, cheap checks first; the state of the device is the caller's to judge.
 *
 * @throws DeviceError `invalid_proof`, `device_unknown`, `use_dpop_nonce`, `clock_skew`, `proof_replayed`; StoreUnavailable.
 */
export async function verifyProof(call: ProofCall, on: ProofDependencies): Promise<VerifiedProof> {
  const { header, claims: unchecked, signingInput, signature } = parse(call.jws);

  // It is a proof, not another message signed by the same key.
  refuseUnless(header.typ === JWS_TYPES.proof, `typ: wanted ${JWS_TYPES.proof}`);

  // Its claims are those of a proof and no others.
  const parsed = proofClaimsSchema.safeParse(unchecked);
  if (!parsed.success) throw refused('claims');
  const claims = parsed.data;

  // It was made for this method.
  refuseUnless(claims.htm === call.method, `htm: got ${claims.htm}, wanted ${call.method}`);

  // It was made for this address, on the issuer as configured.
  refuseUnless(claims.htu === call.url, `htu: got ${claims.htu}, wanted ${call.url}`);

  // It covers the body that came.
  refuseUnless(
    claims.bsh === (call.body === undefined ? undefined : sha256(call.body)),
    'bsh: another body, or none',
  );

  // Its nonce is one we gave out a short while ago.
  if (claims.nonce === undefined || !(await on.nonces.isFresh(claims.nonce)))
    throw new DeviceError('use_dpop_nonce');

  // It was signed about now.
  const nowSeconds = Math.floor(on.now() / 1000);
  if (Math.abs(nowSeconds - claims.iat) > IAT_LEEWAY_S) {
    throw new DeviceError('clock_skew', { details: { server_time: nowSeconds } });
  }

  // The key is one we know. Nobody finds devices by asking: an id has 128 random bits or more.
  const device = await on.findDevice(header.kid);
  if (!device || !equalText(device.id, header.kid)) throw new DeviceError('device_unknown');

  // The algorithm is the one pinned at enrolment.
  refuseUnless(header.alg === device.alg, `alg: got ${header.alg}, wanted ${device.alg}`);

  // The signature is right.
  refuseUnless(verifySignature(publicKeyOf(device), device.alg, signingInput, signature), 'signature');

  // It comes for the first time.
  const fresh = await on.store.put(keys.deviceProof(device.id, claims.jti), 1, {
    if: 'absent',
    ttlMs: REMEMBER_JTI_MS,
  });
  if (!fresh) throw new DeviceError('proof_replayed');

  return { device, claims };
}

function parse(jws: string) {
  try {
    return parseCompact(jws, keyedHeaderSchema);
  } catch (cause) {
    if (cause instanceof JwsMalformed) throw new DeviceError('invalid_proof', { cause });
    throw cause;
  }
}

function refused(why: string): DeviceError {
  return new DeviceError('invalid_proof', { cause: why });
}

function refuseUnless(good: boolean, why: string): asserts good {
  if (!good) throw refused(why);
}

function sha256(body: string): string {
  return createHash('sha256').update(body).digest('base64url');
}
