import { encodeBase64url } from '../protocol/base64url.ts';
import { checkDeviceKey } from './key-check.ts';

/** COSE algorithms of approval credentials, best first: Ed25519, ES256, RS256 (for Windows Hello). */
export const CREDENTIAL_ALGORITHMS = { EdDSA: -8, ES256: -7, RS256: -257 } as const;

/** Labels of RFC 9052 section 7 and RFC 9053 section 7. */
const LABEL = { kty: 1, alg: 3, crv: -1, x: -2, y: -3, n: -1, e: -2 } as const;
const OKP = 1;
const EC2 = 2;
const RSA = 3;
const P256 = 1;
const ED25519 = 6;
const RSA_BYTES = { least: 256, most: 512 };

/**
 * The strict look at a credential's key before it is stored (R19): algorithm, type and curve belong together, the
 * point is a good one, and RSA is of a size that is neither weak nor slow to verify.
 *
 * @param key a decoded COSE key.
 */
export function isGoodCredentialKey(key: ReadonlyMap<number, unknown>): boolean {
  const [kty, alg, crv] = [key.get(LABEL.kty), key.get(LABEL.alg), key.get(LABEL.crv)];
  if (kty === OKP && alg === CREDENTIAL_ALGORITHMS.EdDSA && crv === ED25519)
    return isGoodPoint({ kty: 'OKP', crv: 'Ed25519', x: text(key.get(LABEL.x)) });
  if (kty === EC2 && alg === CREDENTIAL_ALGORITHMS.ES256 && crv === P256)
    return isGoodPoint({ kty: 'EC', crv: 'P-256', x: text(key.get(LABEL.x)), y: text(key.get(LABEL.y)) });
  return kty === RSA && alg === CREDENTIAL_ALGORITHMS.RS256 && isGoodRsa(key);
}

function isGoodPoint(jwk: unknown): boolean {
  try {
    checkDeviceKey(jwk);
    return true;
  } catch {
    return false;
  }
}

function isGoodRsa(key: ReadonlyMap<number, unknown>): boolean {
  const n = key.get(LABEL.n);
  if (!(n instanceof Uint8Array) || n.length < RSA_BYTES.least || n.length > RSA_BYTES.most) return false;
  return (n[0] ?? 0) >= 128 && text(key.get(LABEL.e)) === 'AQAB';
}

function text(bytes: unknown): string {
  return bytes instanceof Uint8Array ? encodeBase64url(bytes) : '';
}
