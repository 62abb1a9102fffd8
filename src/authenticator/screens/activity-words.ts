import type { ActivityMessage } from '../../protocol/messages.ts';

export type ActivityEvent = ActivityMessage['events'][number];

const WORDS: Readonly<Record<string, string>> = {
  'signed-in': 'Signed in',
  'step-up': 'Confirmed that it was you',
  denied: 'A request was denied',
  reported: 'A request was reported',
  failed: 'Too many wrong numbers',
  'device-added': 'A device was added',
  'device-removed': 'A device was removed',
  'device-renamed': 'A device was renamed',
  'passkey-added': 'A passkey was added',
  'passkey-removed': 'A passkey was removed',
  'password-changed': 'The password was changed',
  'recovery-used': 'A recovery code was used',
  'recovery-codes-made': 'New recovery codes were made',
  'bypass-used': 'Signed in with an administrator’s code',
  'offline-code-on': 'Offline codes were turned on',
  'offline-code-off': 'Offline codes were turned off',
  'offline-code-used': 'Signed in with an offline code',
  'browser-remembered': 'A browser was remembered',
  'browser-stolen': 'A remembered browser may have been copied',
  'signed-out-everywhere': 'Signed out everywhere',
  secured: 'The account was secured',
  resumed: 'Requests were let through again',
};

/** What happened, in a few words; `undefined` for what this version does not know. */
export function activityWords({ type }: ActivityEvent): string | undefined {
  return Object.hasOwn(WORDS, type) ? WORDS[type] : undefined;
}

/** With what, and where: the parts that are known, a line each. */
export function activityDetails(event: ActivityEvent): readonly (readonly string[])[] {
  const { app, place, address, device, fingerprint } = event;
  return [[app, device], [fingerprint], [place, address]]
    .map((line) => line.filter((part) => part !== undefined))
    .filter((line) => line.length > 0);
}
