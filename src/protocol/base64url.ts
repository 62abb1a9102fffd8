import { base64url } from 'jose';

/** base64url without padding (RFC 7515 section 2). */
export function encodeBase64url(bytes: Uint8Array): string {
  return base64url.encode(bytes);
}

/**
 * The bytes of `text`, or `undefined` unless it is the one canonical form: no padding, no other alphabet, no
 * stray bits at the end. One value has one spelling, so a spelling can be compared.
 */
export function decodeBase64url(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return undefined;
  try {
    const bytes = base64url.decode(text);
    return base64url.encode(bytes) === text ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** SHA-256 of bytes or of a text's UTF-8, as base64url (43 characters). */
export async function sha256Base64url(data: Uint8Array | string): Promise<string> {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
  return encodeBase64url(
    new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)),
  );
}

/** `bytes` random bytes as base64url. */
export function randomBase64url(bytes: number): string {
  return encodeBase64url(globalThis.crypto.getRandomValues(new Uint8Array(bytes)));
}
