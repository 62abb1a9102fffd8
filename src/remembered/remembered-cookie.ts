import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { cookieValue } from '../session/browser-cookie.ts';

/**
 * The cookie of a remembered browser: `<series>.<generation>.<mac>`. The series is 256 random bits whose hash alone is
 * stored, so the store's content forges none; the MAC binds it to one account and makes an old value tell itself from
 * an invented one, which costs no store call and never counts as theft.
 */
const VALUE = /^([A-Za-z0-9_-]{43})\.(0|[1-9]\d{0,8})\.([A-Za-z0-9_-]{43})$/;

/** A browser that many people share keeps its `Cookie` header short enough for every server. */
export const MOST_IN_A_BROWSER = 8;

export interface RememberedCookie {
  readonly series: string;
  readonly generation: number;
}

const digest = (text: string) => createHash('sha256').update(text).digest('base64url');

/** One for each account, so that people who share a browser do not throw each other's out; it tells no name. */
const nameOf = (sub: string, issuer: string) =>
  `${issuer.startsWith('https:') ? '__Host-' : ''}remembered-${digest(`remembered\0${sub}`).slice(0, 16)}`;

const macOf = (key: Buffer, sub: string, { series, generation }: RememberedCookie) =>
  createHmac('sha256', key)
    .update(JSON.stringify(['remembered', sub, series, generation]))
    .digest();

export const newSeries = (): string => randomBytes(32).toString('base64url');

/** What is stored of it. */
export const seriesHash = (series: string): string => digest(series);

/** @returns the authentic cookie of this account that the browser sent, whether it still holds or not. */
export function readRememberedCookie(
  request: IncomingMessage,
  sub: string,
  issuer: string,
  key: Buffer,
): RememberedCookie | undefined {
  const [, series, generation, mac] =
    VALUE.exec(cookieValue(request.headers.cookie, nameOf(sub, issuer)) ?? '') ?? [];
  if (series === undefined || mac === undefined) return undefined;
  const cookie = { series, generation: Number(generation) };
  const given = Buffer.from(mac, 'base64url');
  const right = macOf(key, sub, cookie);
  return given.length === right.length && timingSafeEqual(given, right) ? cookie : undefined;
}

/** How many cookies of the kind the browser has, of whomever. */
export function countRememberedCookies(request: IncomingMessage): number {
  return request.headers.cookie?.match(/(?:^|; ?)(?:__Host-)?remembered-[A-Za-z0-9_-]{16}=/g)?.length ?? 0;
}

/**
 * A `Set-Cookie` value. SameSite=Strict: it is sent with the password form of our own page, and with no way in from
 * elsewhere.
 *
 * @param seconds left of its life.
 */
export function rememberedCookieHeader(
  cookie: RememberedCookie,
  { sub, issuer, key, seconds }: { sub: string; issuer: string; key: Buffer; seconds: number },
): string {
  const value = `${cookie.series}.${cookie.generation}.${macOf(key, sub, cookie).toString('base64url')}`;
  const secure = issuer.startsWith('https:') ? '; Secure' : '';
  return `${nameOf(sub, issuer)}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${secure}`;
}
