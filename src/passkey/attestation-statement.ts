import { decodeBase64url, encodeBase64url } from '../protocol/base64url.ts';

/** What an authenticator says of itself when it makes a key (WebAuthn level 3 section 6.5); a claim so far. */
export interface AttestationStatement {
  readonly format: string;
  /** Leaf first, DER; `undefined` where it shows none. */
  readonly x5c: readonly Uint8Array[] | undefined;
  /** The same attestation object saying nothing: format `none`, base64url. What was made is not changed by that. */
  readonly saidNothing: string;
}

/**
 * @param attestationObject base64url, of anybody.
 * @returns `undefined` for what is no attestation object.
 */
export async function readStatement(attestationObject: string): Promise<AttestationStatement | undefined> {
  const { decodeAttestationObject, isoCBOR } = await import('@simplewebauthn/server/helpers');
  try {
    const bytes = decodeBase64url(attestationObject) as Uint8Array<ArrayBuffer>;
    const decoded = decodeAttestationObject(bytes);
    const x5c: unknown = decoded.get('attStmt').get('x5c');
    if (x5c !== undefined && !isCertificates(x5c)) return undefined;
    const none = isoCBOR.encode(
      new Map<string, string | Uint8Array | Map<string, string>>([
        ['fmt', 'none'],
        ['attStmt', new Map<string, string>()],
        ['authData', decoded.get('authData')],
      ]),
    );
    return { format: decoded.get('fmt'), x5c, saidNothing: encodeBase64url(none) };
  } catch {
    return undefined;
  }
}

function isCertificates(value: unknown): value is readonly Uint8Array[] {
  return Array.isArray(value) && value.every((one) => one instanceof Uint8Array);
}
