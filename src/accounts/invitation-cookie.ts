import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { cookieValue, hashBrowser } from '../session/browser-cookie.ts';

/** Names the browser that did the password step of an invitation; it ends with the browser, or with the next invitation. */
const nameFor = (issuer: string) => (issuer.startsWith('https:') ? '__Host-invitation' : 'invitation');

/** The cookie's hash, or `undefined` without one. */
export function invitationBrowser(request: IncomingMessage, issuer: string): string | undefined {
  const value = cookieValue(request.headers.cookie, nameFor(issuer));
  return value !== undefined && /^[A-Za-z0-9_-]{43}$/.test(value) ? hashBrowser(value) : undefined;
}

/** A new cookie, as a `Set-Cookie` value: made after the password, so that nobody can have planted it before. */
export function newInvitationCookie(issuer: string): { readonly header: string; readonly hash: string } {
  const value = randomBytes(32).toString('base64url');
  const secure = issuer.startsWith('https:') ? '; Secure' : '';
  return {
    header: `${nameFor(issuer)}=${value}; Path=/; HttpOnly; SameSite=Lax${secure}`,
    hash: hashBrowser(value),
  };
}
