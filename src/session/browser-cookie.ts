import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/**
 * The `browser` cookie: 256 random bits that name this browser. Its hash is in every chain's result and in every
 * challenge, so what one browser started no other can finish (R6, R30), and it is how a browser becomes known.
 */
const VALUE = /^[A-Za-z0-9_-]{43}$/;
/** Browsers cap a cookie's life at 400 days. */
const MAX_AGE_S = 400 * 86_400;

function browserCookieName(issuer: string): string {
  return issuer.startsWith('https:') ? '__Host-browser' : 'browser';
}

/** The cookie's hash (SHA-256, base64url), which is all that is ever stored, or `undefined` without a valid one. */
export function browserHashFrom(request: IncomingMessage, issuer: string): string | undefined {
  const value = cookieValue(request.headers.cookie, browserCookieName(issuer));
  return value !== undefined && VALUE.test(value) ? hashBrowser(value) : undefined;
}

export function hashBrowser(value: string): string {
  return createHash('sha256').update(value).digest('base64url');
}

/** A new cookie, as a `Set-Cookie` value. */
export function newBrowserCookie(issuer: string): { header: string; hash: string } {
  const value = randomBytes(32).toString('base64url');
  return { header: setCookie(value, issuer), hash: hashBrowser(value) };
}

/** The same cookie for another 400 days, or `undefined` without a valid one. */
export function renewedBrowserCookie(request: IncomingMessage, issuer: string): string | undefined {
  const value = cookieValue(request.headers.cookie, browserCookieName(issuer));
  return value !== undefined && VALUE.test(value) ? setCookie(value, issuer) : undefined;
}

function setCookie(value: string, issuer: string): string {
  const secure = issuer.startsWith('https:') ? '; Secure' : '';
  return `${browserCookieName(issuer)}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${MAX_AGE_S}${secure}`;
}

/**
 * Blanks as RFC 6265 has them. `trim` takes more: a browser guards no prefix in "\xa0__Host-browser", so that any
 * subdomain may set it.
 */
const trimBlanks = (text: string): string => text.replace(/^[ \t]+|[ \t]+$/g, '');

/** The first cookie of that name: browsers send the one with the most specific path first (RFC 6265 section 5.4). */
export function cookieValue(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const at = pair.indexOf('=');
    if (at > 0 && trimBlanks(pair.slice(0, at)) === name) return trimBlanks(pair.slice(at + 1));
  }
  return undefined;
}
