import * as z from 'zod/mini';
import { credentialMessage } from './approval-credential.ts';
import { signedContextSchema } from './context.ts';

/**
 * JSON shapes of the device API's answers. Loose on the outside, so that a newer server can say more; the context
 * is strict, because what cannot be shown must not be signed.
 */

const text = z.string();

/** One request for an approval, as a device sees it. The number is in no message to a device (R3). */
export const challengeMessage = z.looseObject({
  id: text,
  context: signedContextSchema,
  nonce: text,
  /** Epoch seconds; copied into the answer. */
  exp: z.int(),
  /** How many digits the browser shows. */
  digits: z.int(),
  state: z.enum(['pending', 'approved', 'denied', 'reported', 'failed', 'expired', 'superseded', 'consumed']),
  /** There where only a verified person's approval counts: devices without a credential are not asked. */
  user_verification: z.optional(z.literal('required')),
  /** There when an approval needs an assertion by it. */
  credential: z.optional(credentialMessage),
});
export type ChallengeMessage = z.infer<typeof challengeMessage>;

const listed = z.looseObject({
  /** Hand back as `v` to wait for something else than this. */
  v: text,
  challenges: z.array(z.unknown()),
  /** Epoch seconds of the server, to show the time left on a phone whose clock is wrong. */
  server_time: z.int(),
});

export interface PendingMessage extends z.infer<typeof listed> {
  challenges: ChallengeMessage[];
  /** How many more wait that this version cannot show, and so cannot answer. Counted here, not sent. */
  unreadable?: number;
}

/** One request of a newer server's making must not hide the others: each is read by itself. */
export const pendingMessage = z.pipe(
  listed,
  z.transform((message): PendingMessage => {
    const read = message.challenges.map((challenge) => challengeMessage.safeParse(challenge));
    const challenges = read.flatMap((one) => (one.success ? [one.data] : []));
    const unreadable = read.length - challenges.length;
    return { ...message, challenges, ...(unreadable > 0 ? { unreadable } : {}) };
  }),
);

export const deviceMessage = z.looseObject({
  issuer: text,
  device: z.looseObject({
    id: text,
    name: text,
    kind: text,
    fingerprint: text,
    state: z.enum(['pending', 'active', 'cancelled', 'expired']),
    /** Whether a push subscription is stored. */
    push: z.boolean(),
    credential: z.optional(credentialMessage),
  }),
  account: z.looseObject({
    sub: text,
    user_name: text,
    /** "Secure my account": until then (epoch seconds) nothing comes from any browser. */
    paused_until: z.optional(z.int()),
    /** A report, epoch seconds: nothing comes from browsers the account does not know until that is taken back. */
    reported_at: z.optional(z.int()),
    /** Codes without network are on: names the secrets, so that a device sees whether it has the right one. */
    offline_code: z.optional(text),
  }),
  /** VAPID public key for `PushManager.subscribe`, base64url. */
  application_server_key: z.optional(text),
});
export type DeviceMessage = z.infer<typeof deviceMessage>;

export const answeredMessage = z.looseObject({ state: z.enum(['approved', 'denied', 'reported']) });
export type AnsweredMessage = z.infer<typeof answeredMessage>;

export const securedMessage = z.looseObject({
  /** How many sessions ended. */
  sessions: z.int(),
  /** Epoch seconds. */
  paused_until: z.int(),
});
export type SecuredMessage = z.infer<typeof securedMessage>;

/** This device's secret for codes without network: 20 bytes, base64url. */
export const offlineCodeMessage = z.looseObject({ offline_code: text, secret: text });
export type OfflineCodeMessage = z.infer<typeof offlineCodeMessage>;

export const activityMessage = z.looseObject({
  /** Newest first. */
  events: z.array(
    z.looseObject({
      /** Epoch seconds. */
      at: z.int(),
      type: text,
      app: z.optional(text),
      address: z.optional(text),
      place: z.optional(text),
      /** A device's name. */
      device: z.optional(text),
      fingerprint: z.optional(text),
    }),
  ),
  /** Epoch seconds. */
  server_time: z.int(),
});
export type ActivityMessage = z.infer<typeof activityMessage>;

export const noticesMessage = z.looseObject({
  /** Oldest first. */
  notices: z.array(
    z.looseObject({
      id: text,
      /** One of `NOTICE_KINDS`, or of a newer server. */
      notice: text,
      /** Name of the device or passkey it was about, or that did it. */
      device: z.optional(text),
      /** Epoch seconds. */
      at: z.int(),
    }),
  ),
  /** Hand back to hear of newer ones only; left out while there was none. */
  after: z.optional(text),
  /** Epoch seconds. */
  server_time: z.int(),
});
export type NoticesMessage = z.infer<typeof noticesMessage>;

/** RFC 6749 section 5.2 in form. */
export const errorMessage = z.looseObject({
  error: text,
  error_description: z.optional(text),
  request_id: z.optional(text),
  /** With `clock_skew`: epoch seconds. */
  server_time: z.optional(z.int()),
  /** With `wrong_number`. */
  tries_left: z.optional(z.int()),
  /** With `too_many_requests`: seconds. */
  retry_after: z.optional(z.int()),
});
export type ErrorMessage = z.infer<typeof errorMessage>;
