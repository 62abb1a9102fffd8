import * as z from 'zod/mini';
import { decodeBase64url } from '../protocol/base64url.ts';
import { parseStrictJson } from '../protocol/strict-json.ts';

const withChallenge = z.object({ challenge: z.string() });

/** The challenge that WebAuthn client data (base64url) names; a claim until its signature is verified. */
export function challengeIn(clientDataJSON: string): string | undefined {
  const bytes = decodeBase64url(clientDataJSON);
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return withChallenge.parse(parseStrictJson(text)).challenge;
  } catch {
    return undefined;
  }
}
