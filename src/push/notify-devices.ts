import { createHash } from 'node:crypto';
import type { Challenge } from '../approval/challenge.ts';
import type { Device } from '../devices/device.ts';
import type { NoticeKind } from '../protocol/notices.ts';
import { stripToLine } from '../risk/plain-line.ts';
import type { Pusher, PushOutcome, PushResult } from './send.ts';

/**
 * Tells an account's devices that a request waits for them. It runs behind the password POST's answer, which neither
 * waits for it nor changes by it (R42); a push only wakes the authenticator, which then asks the server itself.
 */

/** What a push carries: enough for a notification's text, never the number, the QR's secret or the nonce (R3). */
export interface PushPayload {
  readonly v: 1;
  readonly type: 'challenge';
  /** The challenge's id. */
  readonly id: string;
  readonly app: string;
  readonly place: string | null;
  readonly browser: string;
  /** Epoch seconds. */
  readonly exp: number;
}

/** What was done to an account, for the devices that did not do it; nothing to answer. */
export interface NoticePayload {
  readonly v: 1;
  readonly type: 'notice';
  /** Random; the same when a push comes twice. */
  readonly id: string;
  readonly notice: NoticeKind;
  /** User name. */
  readonly account: string;
  /** Name of the device or passkey it was about, or that did it. */
  readonly device?: string;
  /** Epoch seconds. */
  readonly at: number;
}

/** What became of one push; no endpoint, no payload (R49). */
export interface PushEvent {
  readonly type: 'push';
  readonly account: string;
  readonly device: string;
  /** The challenge's id, or the notice's. */
  readonly about: string;
  /** `dropped`: too many were under way. */
  readonly outcome: PushOutcome | 'dropped';
  readonly status?: number;
  readonly attempts: number;
  readonly error?: string;
}

export interface NotifierOptions {
  readonly pusher: Pusher;
  /** The push service says that this subscription is dead: forget it, unless the device has a newer one by now. */
  readonly onGone: (deviceId: string, endpoint: string) => Promise<void> | void;
  /** A push service took the push: the receipt `sent`. */
  readonly onSent?: (challenge: Challenge, deviceId: string) => Promise<void> | void;
  readonly record: (event: PushEvent) => Promise<void> | void;
  /** Epoch ms on the clock of `challenge.expiresAt`. */
  readonly now?: () => number;
  /** Pushes under way at most; more are dropped and recorded. Default 1,000. */
  readonly maxUnderWay?: number;
  /** ms that `close` waits for pushes under way. Default 5,000. */
  readonly closeTimeoutMs?: number;
}

export interface Notifier {
  /** Starts a push to each active device with a subscription and returns at once; it never throws. */
  notify(challenge: Challenge, devices: readonly Device[]): void;
  /** The same for a notice, which is worth delivering for a day. */
  tell(account: string, notice: NoticePayload, devices: readonly Device[]): void;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
  /** Stops retries, waits for what is under way (bounded), takes nothing new. */
  close(): Promise<void>;
}

/** One thing to say to several devices. */
interface Message {
  readonly account: string;
  readonly id: string;
  readonly payload: PushPayload | NoticePayload;
  /** Epoch ms. */
  readonly endsAt: number;
  readonly urgency: 'high' | 'normal';
  readonly topic?: string;
  readonly sent?: (deviceId: string) => Promise<void> | void;
}

const NOTICE_LIFE_MS = 24 * 60 * 60_000;

export function createNotifier(options: NotifierOptions): Notifier {
  const { pusher, onGone, onSent, record, now = Date.now } = options;
  const maxUnderWay = options.maxUnderWay ?? 1000;
  const underWay = new Set<Promise<void>>();
  const closing = new AbortController();

  async function push(message: Message, device: Device): Promise<void> {
    const { subscription } = device;
    if (!subscription) return;
    const { account, id } = message;
    const about = { type: 'push', account, device: device.id, about: id } as const;
    let result: PushResult;
    try {
      result = await pusher.send(subscription, message.payload, {
        ttlS: Math.floor((message.endsAt - now()) / 1000),
        urgency: message.urgency,
        ...(message.topic === undefined ? {} : { topic: message.topic }),
        signal: closing.signal,
      });
    } catch (error) {
      result = { outcome: 'failed', attempts: 0, error: nameOf(error) };
    }
    // One event a push, also when what follows from it could not be written down.
    let after: { error?: string } = {};
    try {
      if (result.outcome === 'gone') await onGone(device.id, subscription.endpoint);
      if (result.outcome === 'delivered-to-service') await message.sent?.(device.id);
    } catch (error) {
      after = { error: nameOf(error) };
    }
    await record({ ...about, ...result, ...after });
  }

  async function idle(): Promise<void> {
    while (underWay.size > 0) await Promise.allSettled(underWay);
  }

  function each(message: Message, devices: readonly Device[]): void {
    if (closing.signal.aborted) return;
    for (const device of devices) {
      if (device.state !== 'active' || device.subscription === null) continue;
      const full = underWay.size >= maxUnderWay;
      // A turn of the loop later: the encryption must not hold up the answer to the password POST.
      const task = nextTurn()
        .then(() => (full ? record(dropped(message, device)) : push(message, device)))
        // The recorder itself failed: there is nobody left to tell.
        .catch(() => {})
        .finally(() => underWay.delete(task));
      underWay.add(task);
    }
  }

  return {
    notify(challenge, devices) {
      const { account, id, expiresAt } = challenge;
      each(
        {
          account,
          id,
          payload: payloadFor(challenge),
          endsAt: expiresAt,
          urgency: 'high',
          topic: topicOf(challenge),
          sent: (device) => onSent?.(challenge, device),
        },
        devices,
      );
    },
    tell(account, notice, devices) {
      const endsAt = now() + NOTICE_LIFE_MS;
      each({ account, id: notice.id, payload: notice, endsAt, urgency: 'normal' }, devices);
    },
    idle,
    async close() {
      closing.abort();
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, options.closeTimeoutMs ?? 5000);
      });
      await Promise.race([idle(), limit]);
      clearTimeout(timer);
    },
  };
}

/** @returns the payload of a challenge's push; texts are cut so that it always fits. */
export function payloadFor(challenge: Challenge): PushPayload {
  const { context } = challenge;
  return {
    v: 1,
    type: 'challenge',
    id: challenge.id,
    app: stripToLine(context.app.name, 40),
    place: context.place === null ? null : stripToLine(context.place, 40),
    browser: stripToLine(context.browser, 40),
    exp: Math.floor(challenge.expiresAt / 1000),
  };
}

/** One topic a chain: a chain has one open challenge, so a newer push replaces one not yet delivered (RFC 8030 5.4). */
function topicOf(challenge: Challenge): string {
  return createHash('sha256').update(`topic:${challenge.chain}`).digest('base64url').slice(0, 32);
}

function dropped({ account, id }: Message, device: Device): PushEvent {
  return { type: 'push', account, device: device.id, about: id, outcome: 'dropped', attempts: 0 };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}
