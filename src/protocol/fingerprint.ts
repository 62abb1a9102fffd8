import { decodeBase64url } from './base64url.ts';
import { encodeCrockford, groupCode } from './crockford.ts';

/**
 * What page and device both show so that a person can see it is the same key: the first 80 bits of the RFC 7638
 * thumbprint as four groups of four, e.g. `7K3M-Q0ZD-9XWA-4T2B`.
 *
 * @param thumbprint base64url, 32 bytes.
 * @throws RangeError when it is not.
 */
export function fingerprint(thumbprint: string): string {
  const bytes = decodeBase64url(thumbprint);
  if (bytes?.length !== 32) throw new RangeError('a thumbprint is 32 bytes of base64url');
  return groupCode(encodeCrockford(bytes, 16));
}
