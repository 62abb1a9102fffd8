import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { HOUR, keys as keyNames, SECOND } from '../store/keys.ts';
import type { Store } from '../store/port.ts';

/** One P-256 key pair names this server to all push services (RFC 8292); replacing it voids every subscription. */
export interface VapidKeys {
  /** Uncompressed point, base64url: the `applicationServerKey` of `pushManager.subscribe`. */
  readonly publicKey: string;
  /** RFC 7518 section 6.2. */
  readonly privateJwk: { kty: 'EC'; crv: 'P-256'; x: string; y: string; d: string };
}

interface StoredVapidKeys {
  readonly v: 1;
  readonly keys: VapidKeys;
  /** Epoch ms. */
  readonly createdAt: number;
}

/**
 * The server's VAPID keys: made once, kept for ever. Put-if-absent, so that two processes starting at once agree.
 *
 * @throws StoreUnavailable
 */
export async function loadVapidKeys(store: Store): Promise<VapidKeys> {
  const name = keyNames.vapidKeys();
  const found = await store.get<StoredVapidKeys>(name);
  if (found && !found.dead) return found.value.keys;
  const made: StoredVapidKeys = { v: 1, keys: await generateVapidKeys(), createdAt: await store.now() };
  if (await store.put(name, made, { if: 'absent', ttlMs: null })) return made.keys;
  const winner = await store.get<StoredVapidKeys>(name);
  if (!winner || winner.dead) throw new Error('the VAPID keys were deleted while they were being read');
  return winner.value.keys;
}

/** Loads the library for it: only the first start of an installation makes keys. */
export async function generateVapidKeys(): Promise<VapidKeys> {
  const { default: webPush } = await import('web-push');
  const { publicKey, privateKey: d } = webPush.generateVAPIDKeys();
  const point = Buffer.from(publicKey, 'base64url');
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString('base64url'));
  if (x === undefined || y === undefined) throw new Error('no EC key was made');
  return { publicKey, privateJwk: { kty: 'EC', crv: 'P-256', x, y, d } };
}

/** How long a token is valid: RFC 8292 section 2 allows 24 h. */
const TOKEN_LIFE_MS = 12 * HOUR;
/** Push services seen in one process are few; a wildcard host must not fill the memory. */
const MAX_ORIGINS = 256;

export interface VapidOptions {
  readonly keys: VapidKeys;
  /** `mailto:` or `https:`, where a push service's operator can reach ours (RFC 8292 section 2.1). */
  readonly subject: string;
  /** Epoch ms. */
  readonly now?: () => number;
}

/**
 * Makes `Authorization` fields (RFC 8292 section 3). A signature costs more than the rest of a send, so the field is
 * kept for each push service and made anew at half its life (R46).
 *
 * @returns a function from an endpoint's origin to the field's value.
 * @throws TypeError when `subject` is neither `mailto:` nor `https:`.
 */
export function createVapid(options: VapidOptions): (origin: string) => string {
  const { keys, subject, now = Date.now } = options;
  if (!/^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+)$/.test(subject)) {
    throw new TypeError('the VAPID subject must be a mailto: or https: URL without spaces');
  }
  const privateKey = createPrivateKey({ key: { ...keys.privateJwk }, format: 'jwk' });
  const cache = new Map<string, { field: string; renewAt: number; madeAt: number }>();

  return (origin) => {
    const at = now();
    const cached = cache.get(origin);
    // A clock set back must not keep a token whose `exp` is then more than 24 h ahead.
    if (cached && at < cached.renewAt && at >= cached.madeAt) return cached.field;
    const exp = Math.floor((at + TOKEN_LIFE_MS) / SECOND);
    const field = `vapid t=${signToken(privateKey, { aud: origin, exp, sub: subject })}, k=${keys.publicKey}`;
    cache.delete(origin);
    const oldest = cache.size >= MAX_ORIGINS ? cache.keys().next().value : undefined;
    if (oldest !== undefined) cache.delete(oldest);
    cache.set(origin, { field, renewAt: at + TOKEN_LIFE_MS / 2, madeAt: at });
    return field;
  };
}

/** A compact JWS with ES256 (RFC 7515, RFC 7518 section 3.4). */
function signToken(privateKey: KeyObject, claims: { aud: string; exp: number; sub: string }): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${part({ typ: 'JWT', alg: 'ES256' })}.${part(claims)}`;
  const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}
