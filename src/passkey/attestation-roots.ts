import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The certificates of PEM files.
 *
 * @throws Error in words for a file that cannot be read or holds none.
 */
export function loadAttestationRoots(files: readonly string[]): readonly X509Certificate[] {
  return files.flatMap((file) => {
    try {
      const found = readFileSync(file, 'utf8').match(PEM) ?? [];
      if (found.length === 0) throw new Error('it holds no PEM certificate');
      return found.map((pem) => new X509Certificate(pem));
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`passkeys.roots: ${file} cannot be used: ${why}`, { cause });
    }
  });
}

/** A model's certificate and its issuers; more is nobody's. */
const LONGEST_CHAIN = 6;

/**
 * Whether an authenticator's certificates lead to one of the roots, each issued by the next and valid now (RFC 5280
 * section 6, as far as it bears on attestation). Nothing is fetched: no issuer, no revocation list.
 *
 * @param x5c leaf first, DER, as in the attestation statement.
 */
export function leadsToRoot(
  x5c: readonly Uint8Array[],
  roots: readonly X509Certificate[],
  now: Date,
): boolean {
  if (x5c.length === 0 || x5c.length > LONGEST_CHAIN) return false;
  let chain: X509Certificate[];
  try {
    chain = x5c.map((der) => new X509Certificate(der));
  } catch {
    return false;
  }
  const valid = (one: X509Certificate) => one.validFromDate <= now && now <= one.validToDate;
  const issued = (one: X509Certificate, by: X509Certificate) =>
    by.ca && one.checkIssued(by) && one.verify(by.publicKey);
  const isRoot = (one: X509Certificate) => roots.some((root) => root.raw.equals(one.raw));

  if (!chain.every(valid)) return false;
  for (const [i, one] of chain.entries()) {
    // A model's own certificate may be what is trusted.
    if (isRoot(one)) return true;
    if (roots.some((root) => valid(root) && issued(one, root))) return true;
    const next = chain[i + 1];
    if (!next || !issued(one, next)) return false;
  }
  return false;
}
