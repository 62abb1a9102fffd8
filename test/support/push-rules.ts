import { createPublicKey, verify } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What a strict push service demands of a POST: RFC 8030 (TTL, Urgency, Topic), RFC 8188 (coding), RFC 8292 (VAPID). */

export interface Vapid {
  readonly aud: string;
  /** Epoch seconds. */
  readonly exp: number;
  readonly sub: string;
}

const CLOCK_SKEW_S = 60;

/** @returns the status and the reason of a refusal, or `undefined`. */
export function refusalOf(headers: IncomingHttpHeaders, body: Buffer): [number, string] | undefined {
  if (!/^\d+$/.test(String(headers['ttl']))) return [400, 'no TTL'];
  if (!/^(very-low|low|normal|high)$/.test(String(headers['urgency'] ?? 'normal')))
    return [400, 'bad Urgency'];
  if (!/^[\w-]{1,32}$/.test(String(headers['topic'] ?? 'x'))) return [400, 'bad Topic'];
  if (headers['content-encoding'] !== 'aes128gcm') return [400, 'bad coding'];
  if (body.length > 4096) return [413, 'over 4,096 bytes'];
  return undefined;
}

/**
 * RFC 8292 sections 2 and 3; a string says what is wrong.
 *
 * @param boundKey base64url: the one key the subscription takes (section 4).
 */
export function readVapid(
  field: string | undefined,
  origin: string,
  boundKey: string | undefined,
): Vapid | string {
  const [, token, k] = field?.match(/^vapid t=([\w-]+\.[\w-]+\.[\w-]+), ?k=([\w-]+)$/) ?? [];
  if (token === undefined || k === undefined) return 'no VAPID';
  if (boundKey !== undefined && k !== boundKey) return 'not the key the subscription is bound to';
  const point = Buffer.from(k, 'base64url');
  if (point.length !== 65 || point[0] !== 4) return 'k is no uncompressed P-256 key';
  const [header = '', payload = '', signature = ''] = token.split('.');
  const key = createPublicKey({
    key: {
      kty: 'EC',
      crv: 'P-256',
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    },
    format: 'jwk',
  });
  const signed = Buffer.from(`${header}.${payload}`);
  const options = { key, dsaEncoding: 'ieee-p1363' } as const;
  if (JSON.parse(Buffer.from(header, 'base64url').toString()).alg !== 'ES256') return 'alg is not ES256';
  if (!verify('sha256', signed, options, Buffer.from(signature, 'base64url'))) return 'bad VAPID signature';
  const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const { aud, exp, sub } = claims as { aud: string; exp: number; sub: string };
  const now = Date.now() / 1000;
  if (aud !== origin) return `aud is ${aud}, wanted ${origin}`;
  if (!(exp > now - CLOCK_SKEW_S)) return 'the token is over';
  if (!(exp <= now + 86_400 + CLOCK_SKEW_S)) return 'exp is more than 24 h ahead';
  if (!/^(mailto:|https:)/.test(sub)) return 'no contact in sub';
  return { aud, exp, sub };
}
