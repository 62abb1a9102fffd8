import { decodeBase64url } from '../protocol/base64url.ts';
import { parseStrictJson } from '../protocol/strict-json.ts';

/**
 * Whether a browser made this WebAuthn client data for a page that no page of another origin framed. The library
 * lets `crossOrigin` pass where no `topOrigin` is given.
 *
 * @param clientDataJSON base64url; anything that is no client data is `false`.
 */
export function isSameOriginClientData(clientDataJSON: string): boolean {
  const bytes = decodeBase64url(clientDataJSON);
  if (!bytes) return false;
  try {
    const data = parseStrictJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Record<
      string,
      unknown
    > | null;
    return data?.['crossOrigin'] !== true && data?.['topOrigin'] === undefined;
  } catch {
    return false;
  }
}
