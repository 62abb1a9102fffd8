import * as z from 'zod/mini';
import type { ChallengeMessage } from '../../protocol/messages.ts';
import { noticeTitle } from '../../protocol/notices.ts';
import { requestTag } from '../engine/request-tag.ts';
import { plainText } from '../screens/plain-text.ts';

const id = z.string().check(z.minLength(1), z.maxLength(512));
const challenge = z.looseObject({
  v: z.literal(1),
  type: z.literal('challenge'),
  id,
  app: z.string(),
  place: z.nullable(z.string()),
  browser: z.string(),
  /** Epoch seconds. */
  exp: z.int(),
});
/** Something was done to the account; there is nothing to answer. */
const notice = z.looseObject({
  v: z.literal(1),
  type: z.literal('notice'),
  id,
  notice: z.string(),
  account: z.string(),
  device: z.optional(z.string()),
});
const message = z.union([challenge, notice]);

/** What a push says: enough for a notification, and nothing that could be approved by it. */
export type PushMessage = z.infer<typeof message>;
export type ChallengePush = z.infer<typeof challenge>;

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
  /** Nothing to hurry for. */
  readonly quiet: boolean;
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
  if (!push)
    return {
      title: 'Authenticator',
      body: 'Open the app to see what is waiting.',
      tag: 'other',
      quiet: false,
    };
  if (push.type === 'notice') return noticeText(push);
  const tag = requestTag(push.id);
  const ended = state === undefined ? push.exp * 1000 <= now : state !== 'pending';
  const app = plainText(push.app, 40);
  if (ended) return { title: 'This request has ended', body: app, tag, quiet: true };
  const place = push.place === null ? 'Place not known' : plainText(push.place, 40);
  return {
    title: `${app}: is this you?`,
    body: `${place} · ${plainText(push.browser, 40)}`,
    tag,
    quiet: false,
  };
}

function noticeText({ notice: what, account, device, id: tag }: z.infer<typeof notice>): NotificationText {
  const title = noticeTitle(what);
  const about = device === undefined ? '' : `${plainText(device, 40)} · `;
  return { title, body: `${about}${plainText(account, 40)}`, tag: `notice ${tag}`, quiet: false };
}
