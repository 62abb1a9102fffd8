/**
 * What people are told of their own account, on their other devices and by mail: one closed list, and the words for
 * it, which every way of telling shares. No notice carries anything to answer or to open.
 */
export const NOTICE_KINDS = [
  'device-added',
  'device-removed',
  'passkey-added',
  'passkey-removed',
  /** An admin set a date from which on a passkey is required. */
  'passkey-required',
  'password-changed',
  'recovery-codes-made',
  'recovery-used',
  'offline-code-on',
  'offline-code-off',
  /** An admin made a code in place of a device. */
  'bypass-given',
  'bypass-used',
  /** An admin let the first device be added at the next sign-in. */
  'first-device-window',
  /** Said only where the device was told before. */
  'push-moved',
  'secured',
  'reported',
  'pushes-paused',
  /** The cookie of a remembered browser came from two places. */
  'remembered-stolen',
] as const;

export type NoticeKind = (typeof NOTICE_KINDS)[number];

export interface NoticeWords {
  /** What was done: heading of a notification, subject of a mail. */
  readonly title: string;
  /** What that means, in a sentence or two. */
  readonly meaning: string;
  /** What to do when it was not the person. */
  readonly advice: string;
}

const SECURE = 'open the authenticator, choose “Secure my account”, and change your password';

export const NOTICE_WORDS: Readonly<Record<NoticeKind, NoticeWords>> = {
  'device-added': {
    title: 'A device was added to your account',
    meaning: 'From now on it can approve sign-ins.',
    advice: `If it is not yours, ${SECURE}.`,
  },
  'device-removed': {
    title: 'A device was removed from your account',
    meaning: 'It can approve nothing any more.',
    advice: `If you did not want that, ${SECURE}.`,
  },
  'passkey-added': {
    title: 'A passkey was added to your account',
    meaning: 'From now on it signs you in.',
    advice: `If it is not yours, ${SECURE}.`,
  },
  'passkey-removed': {
    title: 'A passkey was removed from your account',
    meaning: 'It signs nobody in any more.',
    advice: `If you did not want that, ${SECURE}.`,
  },
  'passkey-required': {
    title: 'You will need a passkey to sign in',
    meaning: 'Your administrator has set a date for it. A passkey is made in a minute, on your account page.',
    advice: 'Open your account page yourself and choose “Add a passkey”. It needs no link from a message.',
  },
  'password-changed': {
    title: 'Your password was changed',
    meaning: 'The old one lets nobody in any more.',
    advice: `If that was not you, ${SECURE} again.`,
  },
  'recovery-codes-made': {
    title: 'New recovery codes were made',
    meaning: 'The old ones are void.',
    advice: `If that was not you, ${SECURE}.`,
  },
  'offline-code-on': {
    title: 'Offline codes were turned on',
    meaning: 'With your password, a code that your device shows without network signs in.',
    advice: `If that was not you, ${SECURE}.`,
  },
  'offline-code-off': {
    title: 'Offline codes were turned off',
    meaning: 'Codes that your devices show without network sign nobody in any more.',
    advice: `If you did not want that, ${SECURE}.`,
  },
  'recovery-used': {
    title: 'A recovery code was used on your account',
    meaning: 'Together with your password, such a code lets a new device take the place of yours.',
    advice: `If that was not you, ${SECURE}. Until the new device is confirmed, that stops it.`,
  },
  'bypass-given': {
    title: 'Your administrator made a code for you',
    meaning: 'For a short time it signs you in once, with your password, in place of your device.',
    advice: 'If you did not ask for it, tell your administrator at once.',
  },
  'bypass-used': {
    title: 'Somebody signed in with a code of your administrator',
    meaning: 'It was good once, in place of your device.',
    advice: 'If that was not you, tell your administrator at once.',
  },
  'first-device-window': {
    title: 'Your next sign-in may add a device',
    meaning: 'Your administrator allowed it for a limited time.',
    advice: 'If you did not ask for that, tell your administrator at once.',
  },
  'push-moved': {
    title: 'Sign-in requests go somewhere else now',
    meaning: 'The authenticator with the key of this device gave another address for them, or none.',
    advice: `If you did not set up notifications anew, somebody has a copy of that key: ${SECURE}.`,
  },
  secured: {
    title: 'Your account was secured',
    meaning: 'Everything was signed out, and for a time no request reaches your devices.',
    advice: 'If that was not you, somebody else has one of your devices: tell your administrator.',
  },
  reported: {
    title: 'A sign-in to your account was reported',
    meaning:
      'Somebody tried to sign in with your password, and one of your devices said that it was not you.',
    advice: 'Change your password: whoever tried knows it.',
  },
  'pushes-paused': {
    title: 'Sign-in requests are paused',
    meaning: 'There were many in a short time, so your devices are left alone for a while.',
    advice: 'If you did not make them, somebody knows your password: change it.',
  },
  'remembered-stolen': {
    title: 'A remembered browser may have been copied',
    meaning:
      'What a browser kept to be remembered came from two places. None of your browsers is remembered any more.',
    advice: `Somebody may have had access to your computer and may know your password: ${SECURE}.`,
  },
};

/** @returns the words, or the plainest ones for a kind of another version. */
export function noticeTitle(kind: string): string {
  return Object.hasOwn(NOTICE_WORDS, kind)
    ? NOTICE_WORDS[kind as NoticeKind].title
    : 'Your account was changed';
}
