import type { SignedContext } from '../protocol/context.ts';
import type { ChallengeMessage, NoticesMessage } from '../protocol/messages.ts';
import { NOTICE_WORDS, type NoticeKind, noticeTitle } from '../protocol/notices.ts';

/**
 * Text from elsewhere as it may stand in a terminal: no escape sequences, no direction tricks, no second line, and
 * not endlessly long.
 */
export function plain(text: string, max = 80): string {
  const shown = text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]+/gu, '\ufffd');
  const characters = [...shown];
  if (characters.length <= max) return shown;
  const half = Math.floor((max - 1) / 2);
  return `${characters.slice(0, half).join('')}…${characters.slice(-half).join('')}`;
}

/** What an approval will do, in one sentence. */
function question(context: SignedContext): string {
  const app = `${plain(context.app.name)} (${plain(context.app.host)})`;
  switch (context.purpose) {
    case 'sign-in':
      return `Are you signing in to ${app}?`;
    case 'step-up':
      return `Are you confirming something in ${app}?`;
    case 'device-code':
      return `Did you start to sign in to ${app} on another device, and type its code yourself?`;
    case 'ciba':
      return `${app} asks for your approval. Were you expecting it?`;
    case 'factor-change':
      return `Are you changing how you sign in? ${change(context)}`;
  }
}

const ACTS: Record<string, string> = {
  'add-device': 'A device will be added',
  'remove-device': 'A device will be removed',
  'add-passkey': 'A passkey will be added',
  'remove-passkey': 'A passkey will be removed',
  'offline-code-on': 'Your devices will show codes without network, which sign in with your password',
  'offline-code-off': 'Codes without network will be turned off',
  'recovery-codes': 'New recovery codes will be made',
  password: 'The password will be changed',
};

function change({ change }: SignedContext): string {
  if (!change) return 'It is not said what will change: deny this.';
  const act = ACTS[change.act] ?? `What will change: ${plain(change.act)}`;
  return `${act}.`;
}

/** Each on a line of its own, where a name can neither pass for a fingerprint nor turn the direction of one. */
function changed({ change }: SignedContext): string[] {
  const { name, fingerprint } = change ?? {};
  return [
    ...(name === undefined ? [] : [`  Device  ${plain(name)}`]),
    ...(fingerprint === undefined ? [] : [`  Key     ${plain(fingerprint)} (its fingerprint)`]),
  ];
}

/** The whole request: who, what, where, when. Everything that is signed is shown. */
export function requestText(challenge: ChallengeMessage, position: { index: number; of: number }): string {
  const { context } = challenge;
  const heading = position.of > 1 ? `Request ${position.index} of ${position.of}` : 'Request';
  return [
    '',
    `── ${heading} ──`,
    question(context),
    ...changed(context),
    `  Who     ${plain(context.account)}`,
    `  Where   ${context.place === null ? 'place unknown' : plain(context.place)}, address ${plain(context.address)}`,
    ...(context.network === undefined ? [] : [`  Network ${plain(context.network)}`]),
    `  With    ${plain(context.browser)} on ${plain(context.system)}`,
    `  When    ${new Date(context.at * 1000).toISOString().replace('T', ' ').slice(0, 19)} UTC`,
    ...(context.unusual ?? []).map((sentence) => `  Unusual ${plain(sentence, 200)}`),
  ].join('\n');
}

export function prompt(digits: number): string {
  return `The ${digits} digits in the browser and a to approve, d to deny, r to report (this was not me): `;
}

/** How a request ended that this device can answer no more. */
export function endText(state: ChallengeMessage['state']): string {
  switch (state) {
    case 'approved':
    case 'consumed':
      return 'This request was approved on another device.';
    case 'denied':
    case 'reported':
      return 'This request was denied on another device.';
    case 'failed':
      return 'Too many wrong numbers: this request is over.';
    case 'superseded':
      return 'A newer request took the place of this one.';
    case 'expired':
    case 'pending':
      return 'This request has expired.';
  }
}

/** What was done to the account; nothing is to be answered. */
export function noticeText({ notice, device, at }: NoticesMessage['notices'][number]): string {
  const about = device === undefined ? '' : ` (${plain(device)})`;
  const when = `${new Date(at * 1000).toISOString().replace('T', ' ').slice(0, 19)} UTC`;
  const words = Object.hasOwn(NOTICE_WORDS, notice) ? NOTICE_WORDS[notice as NoticeKind] : undefined;
  return [
    '',
    '── Notice ──',
    `${noticeTitle(notice)}${about}, ${when}.`,
    ...(words ? [words.meaning, words.advice] : []),
  ].join('\n');
}

export const ANSWERED = {
  approved: 'Approved. The browser goes on by itself.',
  denied: 'Denied. Nobody was signed in.',
  reported:
    'Reported. Nobody was signed in, and browsers you have not signed in with cannot ask you any more. Your next sign-in asks for a new password.',
} as const;

export const UNREADABLE =
  'A request holds something this version cannot show, so it cannot be answered here. Update it, or answer on another device.';
