/** One URL of a run. `where`: a request line, a `Location`, or something in a page or answer that leads elsewhere. */
export interface SeenUrl {
  readonly where: 'request' | 'location' | 'link';
  readonly url: string;
}

export interface UrlRecorder {
  /** Fetches as ever, and keeps what it saw. */
  readonly through: typeof fetch;
  readonly seen: readonly SeenUrl[];
  /** HTML answers that would let a browser tell other sites where it came from. */
  readonly leakyPages: readonly string[];
}

const QUIET = new Set(['same-origin', 'no-referrer']);
const LINKS = /\b(?:href|src|action|formaction|content|data-[\w-]+)="([^"]*)"|https?:\/\/[^\s"'<>\\]+/g;

/** Sees every URL that goes to a server or comes back from it. */
export function createUrlRecorder(): UrlRecorder {
  const seen: SeenUrl[] = [];
  const leakyPages: string[] = [];
  return {
    seen,
    leakyPages,
    async through(input, init) {
      const url = String(input);
      seen.push({ where: 'request', url });
      const response = await fetch(input, init);
      const location = response.headers.get('location');
      if (location !== null) seen.push({ where: 'location', url: location });
      const text = await response.clone().text();
      for (const [whole, attribute] of text.matchAll(LINKS)) {
        const link = (attribute ?? whole).replaceAll('&amp;', '&');
        if (link.includes('/')) seen.push({ where: 'link', url: link });
      }
      const isPage = response.headers.get('content-type')?.startsWith('text/html');
      if (isPage && !QUIET.has(response.headers.get('referrer-policy') ?? '')) leakyPages.push(url);
      return response;
    },
  };
}
