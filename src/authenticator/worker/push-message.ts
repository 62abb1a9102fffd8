import * as z from 'zod/mini';
import type { ChallengeMessage } from '../../protocol/messages.ts';
import { plainText } from '../screens/plain-text.ts';

const message = z.looseObject({
  v: z.literal(1),
  type: z.literal('challenge'),
  id: z.string().check(z.minLength(1), z.maxLength(512)),
  app: z.string(),
  place: z.nullable(z.string()),
  browser: z.string(),
  /** Epoch seconds. */
  exp: z.int(),
});
/** What a push says: enough for a notification, and nothing that could be approved by it. */
export type PushMessage = z.infer<typeof message>;

/** @returns `undefined` for what this version does not understand. */
export function readPush(data: unknown): PushMessage | undefined {
  const parsed = message.safeParse(data);
  return parsed.success ? parsed.data : undefined;
}

export interface NotificationText {
  readonly title: string;
  readonly body: string;
  /** One request, one notification: whatever comes later takes the place of what is there. */
  readonly tag: string;
}

/**
 * What is shown for a push. No number and no way to answer: that is only in the app, beside what is signed.
 *
 * @param state what the server says of the request, if it was heard in time
 * @param now epoch ms
 */
export function notificationText(
  push: PushMessage | undefined,
  state: ChallengeMessage['state'] | 'unknown' | undefined,
  now: number,
): NotificationText {
  if (!push) return { title: 'Authenticator', body: 'Open the app to see what is waiting.', tag: 'other' };
  const tag = tagOf(push.id);
  const ended = state === undefined ? push.exp * 1000 <= now : state !== 'pending';
  const app = plainText(push.app, 40);
  if (ended) return { title: 'This request has ended', body: app, tag };
  const place = push.place === null ? 'Place not known' : plainText(push.place, 40);
  return { title: `${app}: is this you?`, body: `${place} · ${plainText(push.browser, 40)}`, tag };
}

export function tagOf(id: string): string {
  return `request ${id}`;
}
