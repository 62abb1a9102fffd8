import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PushSubscriptionRecord } from '../devices/device.ts';
import { isRefusal, type PushDispatcher } from './dispatcher.ts';
import { encryptPush } from './encrypt.ts';
import { createVapid, type VapidKeys } from './vapid.ts';

/**
 * One Web Push message, from an object to a push service's answer (RFC 8030, RFC 8291, RFC 8292). Not
 * `web-push`'s own sending, which opens connections past the address guard, signs a token for every message and keeps
 * globals.
 */

/** All messages have this size before encryption, so that their length tells nothing; below 1 KB after it. */
const PLAINTEXT_BYTES = 896;
const MAX_ATTEMPTS = 8;
const FIRST_WAIT_MS = 500;

export type PushOutcome = 'delivered-to-service' | 'gone' | 'failed' | 'expired';

export interface PushResult {
  /**
   * `gone`: the subscription is dead, forget it. `failed`: refused or given up. `expired`: the message's life ended
   * before the push service took it.
   */
  readonly outcome: PushOutcome;
  /** The last status heard, if any. */
  readonly status?: number;
  readonly attempts: number;
  /** The last network failure's or refusal's code; never an endpoint. */
  readonly error?: string;
}

export interface PushMessageOptions {
  /** Seconds the message is of use; also the time within which a send is retried. */
  readonly ttlS: number;
  readonly urgency: 'very-low' | 'low' | 'normal' | 'high';
  /** At most 32 base64url characters: a newer message of the same topic replaces one not yet delivered. */
  readonly topic?: string;
  /** Ends waiting between attempts. */
  readonly signal?: AbortSignal;
}

export interface PusherOptions {
  readonly vapidKeys: VapidKeys;
  /** `mailto:` or `https:` (RFC 8292 section 2.1). */
  readonly subject: string;
  readonly dispatcher: PushDispatcher;
  /** Epoch ms. */
  readonly now?: () => number;
  /** Waits that many ms; rejects when the signal aborts. */
  readonly delay?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export interface Pusher {
  /**
   * Never throws for what a push service or the network does.
   *
   * @throws RangeError for a payload over 896 bytes, TypeError for a bad topic: mistakes of the caller.
   */
  send(
    subscription: PushSubscriptionRecord,
    payload: object,
    options: PushMessageOptions,
  ): Promise<PushResult>;
}

export function createPusher(options: PusherOptions): Pusher {
  const { dispatcher, now = Date.now, delay = wait } = options;
  const authorization = createVapid({ keys: options.vapidKeys, subject: options.subject, now });

  return {
    async send(subscription, payload, { ttlS, urgency, topic, signal }) {
      if (topic !== undefined && !/^[A-Za-z0-9_-]{1,32}$/.test(topic)) throw new TypeError('bad push topic');
      const plaintext = pad(payload);
      const endsAt = now() + ttlS * 1000;
      let body: Uint8Array | undefined;
      let last: { status?: number; error?: string } = {};

      for (let attempts = 0; ; ) {
        const remainingS = Math.floor((endsAt - now()) / 1000);
        if (remainingS < 1) return { outcome: 'expired', attempts, ...last };
        let retryAfter: string | undefined;
        attempts++;
        try {
          body ??= encryptPush(subscription.keys, plaintext);
          const headers = {
            authorization: authorization(new URL(subscription.endpoint).origin),
            'content-encoding': 'aes128gcm',
            'content-type': 'application/octet-stream',
            ttl: String(remainingS),
            urgency,
            ...(topic === undefined ? {} : { topic }),
          };
          const answer = await dispatcher.post(subscription.endpoint, headers, body);
          last = { status: answer.status };
          retryAfter = answer.retryAfter;
          const outcome = judge(answer.status);
          if (outcome !== 'again') return { outcome, attempts, ...last };
        } catch (error) {
          last = { error: codeOf(error) };
          // No body: the subscription's keys cannot be encrypted to, which no retry changes.
          if (isRefusal(error) || body === undefined) return { outcome: 'failed', attempts, ...last };
        }
        if (attempts >= MAX_ATTEMPTS) return { outcome: 'failed', attempts, ...last };
        const waitMs = retryAfterMs(retryAfter, now()) ?? backOffMs(attempts);
        if (now() + waitMs + 1000 > endsAt) return { outcome: 'expired', attempts, ...last };
        try {
          await delay(waitMs, signal);
        } catch {
          return { outcome: 'failed', attempts, ...last };
        }
      }
    },
  };
}

/** RFC 8030 sections 5 and 7.3; a redirect counts as failed. */
function judge(status: number): 'delivered-to-service' | 'gone' | 'failed' | 'again' {
  if (status >= 200 && status < 300) return 'delivered-to-service';
  if (status === 404 || status === 410) return 'gone';
  return status === 429 || status >= 500 ? 'again' : 'failed';
}

/** JSON, then spaces, which JSON.parse skips. */
function pad(payload: object): Buffer {
  const json = Buffer.from(JSON.stringify(payload));
  if (json.length > PLAINTEXT_BYTES) {
    throw new RangeError(`push payload of ${json.length} bytes, at most ${PLAINTEXT_BYTES}`);
  }
  return Buffer.concat([json, Buffer.alloc(PLAINTEXT_BYTES - json.length, ' ')]);
}

/** RFC 9110 section 10.2.3: seconds or a date; at least a quarter of a second, so that `0` cannot spin. */
function retryAfterMs(field: string | undefined, now: number): number | undefined {
  if (field === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(field) ? Number(field) * 1000 : Date.parse(field) - now;
  return Number.isNaN(ms) ? undefined : Math.max(ms, 250);
}

/** Doubling from half a second, half of it random, so that many sends do not come back at once. */
function backOffMs(attempts: number): number {
  const full = FIRST_WAIT_MS * 2 ** (attempts - 1);
  return full / 2 + randomInt(full / 2 + 1);
}

async function wait(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { ref: false, ...(signal ? { signal } : {}) });
}

function codeOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : typeof name === 'string' ? name : 'unknown';
}
