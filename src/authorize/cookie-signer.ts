import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';

/** What `cookies` asks of the Keygrip that oidc-provider hands it. */
export interface CookieSigner {
  sign(data: string): string;
  /** Which key made `digest`, counted from 0, or -1. */
  index(data: string, digest: string): number;
  verify(data: string, digest: string): boolean;
}

/**
 * Signs and checks cookies as `keygrip` does (HMAC-SHA-1, base64url), with its signatures. That package makes key
 * objects of its texts for each signature and compares two by HMACs under a random key: five HMACs and random bytes a
 * cookie, where one HMAC and a comparison in constant time do.
 *
 * @param keys the first signs, all verify.
 * @throws RangeError without any.
 */
export function createCookieSigner(keys: readonly string[]): CookieSigner {
  const [first, ...others] = keys.map((key) => createSecretKey(key, 'utf8'));
  if (!first) throw new RangeError('no key to sign cookies with');
  const all = [first, ...others];

  const index = (data: string, digest: string) => all.findIndex((key) => equal(signature(key, data), digest));
  return {
    sign: (data) => signature(first, data),
    index,
    verify: (data, digest) => index(data, digest) !== -1,
  };
}

function signature(key: KeyObject, data: string): string {
  return createHmac('sha1', key).update(data).digest('base64url');
}

function equal(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
