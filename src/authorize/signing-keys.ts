import { randomBytes } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK } from 'jose';

/** A private signing key as it is kept. Times are epoch ms. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly jwk: JWK;
  readonly createdAt: number;
  /** Published before, signs from here on: relying parties cache a key set (24 h by default). */
  readonly signsFrom: number;
}

export interface RotationPlan {
  readonly algorithms: readonly string[];
  readonly rotateEveryMs: number;
  readonly publishAheadMs: number;
  readonly keepVerifyingMs: number;
}

/** The key of `alg` that signs at `now`: the newest whose time has come. */
function signing(keys: readonly SigningKey[], alg: string, now: number): SigningKey | undefined {
  return keys
    .filter((key) => key.alg === alg && key.signsFrom <= now)
    .sort((a, b) => b.signsFrom - a.signsFrom)[0];
}

/** Which algorithms need a new key at `now`, and from when it may sign. */
export function keysWanted(
  keys: readonly SigningKey[],
  plan: RotationPlan,
  now: number,
  force = false,
): { alg: string; signsFrom: number }[] {
  return plan.algorithms.flatMap((alg) => {
    const ofAlg = keys.filter((key) => key.alg === alg);
    if (ofAlg.length === 0) return [{ alg, signsFrom: now }];
    const newest = Math.max(...ofAlg.map((key) => key.signsFrom));
    const due = now >= newest + plan.rotateEveryMs - plan.publishAheadMs;
    const waiting = newest > now;
    return due || (force && !waiting) ? [{ alg, signsFrom: now + plan.publishAheadMs }] : [];
  });
}

/** Keys whose last signature is older than anything we still accept (`id_token_hint`s come late) are forgotten. */
export function withoutRetired(keys: readonly SigningKey[], plan: RotationPlan, now: number): SigningKey[] {
  return keys.filter((key) => {
    const successor = keys
      .filter((other) => other.alg === key.alg && other.signsFrom > key.signsFrom)
      .sort((a, b) => a.signsFrom - b.signsFrom)[0];
    return !successor || now < successor.signsFrom + plan.keepVerifyingMs;
  });
}

/** All keys as oidc-provider wants them: of each algorithm the signing one first, since the first one signs. */
export function inSigningOrder(keys: readonly SigningKey[], plan: RotationPlan, now: number): SigningKey[] {
  return plan.algorithms.flatMap((alg) => {
    const first = signing(keys, alg, now);
    return [...(first ? [first] : []), ...keys.filter((key) => key.alg === alg && key !== first)];
  });
}

/** The next moment at which the order or the set changes by itself, or `undefined`. */
export function nextChange(keys: readonly SigningKey[], plan: RotationPlan, now: number): number | undefined {
  const moments = keys.flatMap((key) => [
    key.signsFrom,
    key.signsFrom + plan.rotateEveryMs - plan.publishAheadMs,
    key.signsFrom + plan.keepVerifyingMs,
  ]);
  const later = moments.filter((moment) => moment > now);
  return later.length ? Math.min(...later) : undefined;
}

export async function makeSigningKey(alg: string, signsFrom: number, now: number): Promise<SigningKey> {
  const options = alg.startsWith('RS') || alg.startsWith('PS') ? { modulusLength: 2048 } : {};
  const pair = await generateKeyPair(alg, { ...options, extractable: true });
  const kid = randomBytes(9).toString('base64url');
  const jwk: JWK = { ...(await exportJWK(pair.privateKey)), kid, alg, use: 'sig' };
  return { kid, alg, jwk, createdAt: now, signsFrom };
}
