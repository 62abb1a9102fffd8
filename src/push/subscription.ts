import { p256 } from '@noble/curves/nist.js';
import type { PushSubscriptionRecord } from '../devices/device.ts';
import { checkEndpoint, EndpointRefused, type EndpointRules } from './endpoint.ts';

/** A push subscription that cannot be saved. `was` describes, it never repeats keys or the endpoint's path (R49). */
export class SubscriptionInvalid extends Error {
  override readonly name = 'SubscriptionInvalid';
  readonly code = 'subscription_invalid';
  readonly status = 400;
  readonly field: string;
  readonly was: string;
  readonly wanted: string;
  constructor(field: string, was: string, wanted: string) {
    super(`${field} was ${was}, wanted ${wanted}`);
    this.field = field;
    this.was = was;
    this.wanted = wanted;
  }
}

/**
 * Reads what a browser's `PushSubscription.toJSON()` gives; fields it does not know are dropped (R44, R45).
 *
 * @param input parsed JSON of unknown shape.
 * @throws SubscriptionInvalid naming the field, what it was and what is wanted.
 */
export function parseSubscription(input: unknown, rules: EndpointRules): PushSubscriptionRecord {
  const subscription = record('subscription', input);
  const endpoint = text('endpoint', subscription['endpoint']);
  try {
    checkEndpoint(endpoint, rules);
  } catch (error) {
    if (error instanceof EndpointRefused) throw new SubscriptionInvalid('endpoint', error.was, error.wanted);
    throw error;
  }
  const keys = record('keys', subscription['keys']);
  const p256dh = text('keys.p256dh', keys['p256dh']);
  const point = bytes('keys.p256dh', p256dh, 65);
  if (point[0] !== 0x04 || !onCurve(point)) {
    throw new SubscriptionInvalid('keys.p256dh', 'no point of the curve', 'an uncompressed point on P-256');
  }
  const auth = text('keys.auth', keys['auth']);
  bytes('keys.auth', auth, 16);
  return { endpoint, keys: { p256dh, auth } };
}

function record(field: string, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SubscriptionInvalid(field, kindOf(value), 'an object');
  }
  return value as Record<string, unknown>;
}

function text(field: string, value: unknown): string {
  if (typeof value !== 'string') throw new SubscriptionInvalid(field, kindOf(value), 'a string');
  return value;
}

/** base64url without padding, in its one canonical spelling (RFC 4648 section 5, RFC 8291 section 3.2). */
function bytes(field: string, value: string, length: number): Uint8Array {
  const wanted = `${length} bytes in base64url without padding`;
  if (value.length > 200) throw new SubscriptionInvalid(field, `${value.length} characters`, wanted);
  const decoded = Buffer.from(value, 'base64url');
  if (decoded.toString('base64url') !== value) throw new SubscriptionInvalid(field, 'not base64url', wanted);
  if (decoded.length !== length) throw new SubscriptionInvalid(field, `${decoded.length} bytes`, wanted);
  return decoded;
}

function onCurve(point: Uint8Array): boolean {
  try {
    p256.Point.fromBytes(point).assertValidity();
    return true;
  } catch {
    return false;
  }
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}
