import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { cookieValue } from '../session/browser-cookie.ts';

/** Cookies of a person's own pages, 256 random bits each; only hashes of the session's are stored (R41). */
const VALUE = /^[A-Za-z0-9_-]{43}$/;
/** As long as a begun sign-in may take. */
const BEGUN_MAX_AGE_S = 3600;

export type AccountCookie = 'account' | 'account-begun';

const nameOf = (cookie: AccountCookie, issuer: string) =>
  issuer.startsWith('https:') ? `__Host-${cookie}` : cookie;

export function readAccountCookie(
  request: IncomingMessage,
  cookie: AccountCookie,
  issuer: string,
): string | undefined {
  const value = cookieValue(request.headers.cookie, nameOf(cookie, issuer));
  return value !== undefined && VALUE.test(value) ? value : undefined;
}

export const newAccountCookie = (): string => randomBytes(32).toString('base64url');

/** A `Set-Cookie` value: the session ends with the browser, a begun sign-in after an hour; `null` takes it away. */
export function accountCookieHeader(cookie: AccountCookie, value: string | null, issuer: string): string {
  const secure = issuer.startsWith('https:') ? '; Secure' : '';
  const age = value === null ? '; Max-Age=0' : cookie === 'account' ? '' : `; Max-Age=${BEGUN_MAX_AGE_S}`;
  return `${nameOf(cookie, issuer)}=${value ?? ''}; Path=/; HttpOnly; SameSite=Lax${age}${secure}`;
}

/** What a form of this session carries, so that no form made for another one counts (R40). */
export function formTokenOf(sessionCookie: string): string {
  return createHash('sha256').update(`form\0${sessionCookie}`).digest('base64url');
}

export function sessionIdOf(sessionCookie: string): string {
  return createHash('sha256').update(`session\0${sessionCookie}`).digest('base64url');
}
