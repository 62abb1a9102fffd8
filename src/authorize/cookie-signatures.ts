import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';

/** What the `cookies` package asks of its `keys`. */
export interface CookieSignatures {
  sign(data: string): string;
  verify(data: string, signature: string): boolean;
  /** Which of the keys signed it, or -1: a cookie of an older key is signed anew. */
  index(data: string, signature: string): number;
}

/**
 * Signatures as Keygrip makes them (HMAC-SHA-1, base64url), so that cookies of either are good. Keygrip compares by two
 * more HMACs under a random key and imports its keys each time: a twelfth of what a sign-in costs the main thread.
 *
 * @param cookieKeys the first one signs, all verify.
 */
export function createCookieSignatures(cookieKeys: readonly string[]): CookieSignatures {
  const keys = cookieKeys.map((key) => createSecretKey(key, 'utf8'));
  const signatures = keys.map((key) => (data: string) => createHmac('sha1', key).update(data).digest());
  const index = (data: string, signature: string) => {
    const given = Buffer.from(signature, 'base64url');
    return signatures.findIndex((signatureOf) => {
      const right = signatureOf(data);
      // Compared as text, too: what decodes to the same bytes is not all the same cookie.
      return (
        given.length === right.length &&
        timingSafeEqual(given, right) &&
        right.toString('base64url') === signature
      );
    });
  };
  return {
    sign: (data) => signatures[0]!(data).toString('base64url'),
    index,
    verify: (data, signature) => index(data, signature) >= 0,
  };
}
