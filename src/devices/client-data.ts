import * as z from 'zod/mini';
import { decodeBase64url } from '../protocol/base64url.ts';
import { parseStrictJson } from '../protocol/strict-json.ts';

const clientData = z.object({
  origin: z.string(),
  crossOrigin: z._default(z.boolean(), false),
  topOrigin: z.optional(z.unknown()),
});

/**
 * The origin of the page that a browser made this WebAuthn client data for; `undefined` when that page was in a frame
 * of another origin (the library lets `crossOrigin` pass where no `topOrigin` is given) or this is no client data.
 *
 * @param clientDataJSON base64url.
 */
export function unframedOrigin(clientDataJSON: string): string | undefined {
  const bytes = decodeBase64url(clientDataJSON);
  if (!bytes) return undefined;
  try {
    const { origin, crossOrigin, topOrigin } = clientData.parse(
      parseStrictJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes)),
    );
    return crossOrigin || topOrigin !== undefined ? undefined : origin;
  } catch {
    return undefined;
  }
}
