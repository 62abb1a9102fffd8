interface StoredCookie {
  readonly name: string;
  readonly value: string;
  readonly host: string;
  readonly path: string;
  readonly secure: boolean;
  /** Epoch ms; `undefined` lasts as long as the jar. */
  readonly expiresAt: number | undefined;
}

export interface CookieJar {
  /** Takes the `Set-Cookie` headers of an answer from `url`. */
  keep(url: URL, setCookies: readonly string[]): void;
  /** The `Cookie` header for a request, the most specific path first (RFC 6265 section 5.4); empty without any. */
  header(url: URL): string;
  /** The value a page at `url` would have, or nothing. */
  get(url: string | URL, name: string): string | undefined;
}

/**
 * Cookies as a browser keeps them: by host and path, never by port, so that two servers on one machine see each
 * other's. `Domain` is ignored: Countersign sets none, and every cookie stays with the host that set it.
 */
export function createCookieJar(now: () => number = Date.now): CookieJar {
  const jar = new Map<string, StoredCookie>();

  function fitting(url: URL): StoredCookie[] {
    const at = now();
    return [...jar.values()]
      .filter(
        (cookie) =>
          cookie.host === url.hostname &&
          pathMatches(url.pathname, cookie.path) &&
          (!cookie.secure || url.protocol === 'https:') &&
          (cookie.expiresAt === undefined || cookie.expiresAt > at),
      )
      .sort((a, b) => b.path.length - a.path.length);
  }

  return {
    keep(url, setCookies) {
      for (const line of setCookies) {
        const cookie = readSetCookie(line, url, now());
        if (!cookie) continue;
        const key = [cookie.host, cookie.path, cookie.name].join('\n');
        if (cookie.expiresAt !== undefined && cookie.expiresAt <= now()) jar.delete(key);
        else jar.set(key, cookie);
      }
    },
    header: (url) =>
      fitting(url)
        .map(({ name, value }) => `${name}=${value}`)
        .join('; '),
    get: (url, name) => fitting(new URL(url)).find((cookie) => cookie.name === name)?.value,
  };
}

/** RFC 6265 section 5.1.4. */
function pathMatches(path: string, cookiePath: string): boolean {
  if (path === cookiePath) return true;
  return path.startsWith(cookiePath) && (cookiePath.endsWith('/') || path[cookiePath.length] === '/');
}

function readSetCookie(line: string, url: URL, now: number): StoredCookie | undefined {
  const [pair = '', ...parts] = line.split(';');
  const at = pair.indexOf('=');
  if (at <= 0) return undefined;
  const attributes = new Map(
    parts.map((part) => {
      const [name = '', ...rest] = part.split('=');
      return [name.trim().toLowerCase(), rest.join('=').trim()] as const;
    }),
  );
  const path = attributes.get('path');
  const maxAge = attributes.get('max-age');
  const expires = attributes.get('expires');
  const expiresAt =
    maxAge !== undefined
      ? now + Number(maxAge) * 1000
      : expires !== undefined
        ? Date.parse(expires)
        : undefined;
  return {
    name: pair.slice(0, at).trim(),
    value: pair.slice(at + 1).trim(),
    host: url.hostname,
    path: path?.startsWith('/') ? path : url.pathname.slice(0, Math.max(1, url.pathname.lastIndexOf('/'))),
    secure: attributes.has('secure'),
    expiresAt: Number.isNaN(expiresAt) ? undefined : expiresAt,
  };
}
