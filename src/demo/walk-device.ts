import { decodeBase64url } from '../protocol/base64url.ts';
import type { WalkLines } from './walk-lines.ts';

/**
 * Prints what the device sends: a line for each request, and of a signed answer the header and the claims, read off
 * the bytes that go over the wire.
 */
export function watchedFetch(fetch: typeof globalThis.fetch, lines: WalkLines): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    const url = input instanceof Request ? input.url : String(input);
    lines.device(init?.method ?? 'GET', url, response.status);
    if (url.endsWith('/response') && typeof init?.body === 'string') {
      const [header, claims] = init.body.split('.').slice(0, 2).map(readPart);
      lines.say('signed:');
      lines.json(header);
      lines.json(claims);
    }
    return response;
  };
}

function readPart(part: string): unknown {
  const bytes = decodeBase64url(part);
  return bytes ? JSON.parse(new TextDecoder().decode(bytes)) : part;
}
