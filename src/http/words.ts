import type { ReceiptStep } from '../approval/challenge.ts';
import type { Moment } from './models/parts.ts';
import type { DeviceProgress } from './models/shown-number.ts';
import type { ScopeWords } from './models/sign-in.ts';

const THIN_SPACE = '\u2009';

/** Control characters, and those that turn the direction of what follows: in a name they only deceive. */
const DECEIVING = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff]/gu;

/** A name as it may be shown: without deceiving characters. Templates put it into a `<bdi>` as well. */
export function visible(text: string): string {
  return text.replace(DECEIVING, '');
}

/** `visible`, cut in its middle when long, by code points: both ends of a name tell more than its start alone. */
export function shorten(text: string, max = 40): string {
  const points = [...visible(text)];
  if (points.length <= max) return points.join('');
  const head = Math.ceil((max - 1) / 2);
  return `${points.slice(0, head).join('')}…${points.slice(points.length - (max - 1 - head)).join('')}`;
}

/** The first letter or digit of a name, upper case, for its tile. */
export function initial(name: string): string {
  return name.match(/[\p{L}\p{N}]/u)?.[0].toLocaleUpperCase('en') ?? '·';
}

/** `482913` as `482 913` with a thin space; four digits or fewer stay together. */
export function groupDigits(digits: string): string {
  if (digits.length <= 4) return digits;
  const half = Math.ceil(digits.length / 2);
  return `${digits.slice(0, half)}${THIN_SPACE}${digits.slice(half)}`;
}

/** `482913` as `4 8 2 9 1 3`, so that a screen reader reads digits and no hundreds. */
export function spellDigits(digits: string): string {
  return [...digits].join(' ');
}

/** `86` as `1 min 26 s`. Whole seconds, never below zero. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const minutes = Math.floor(whole / 60);
  const rest = whole % 60;
  if (minutes === 0) return `${rest} s`;
  return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
}

/** A moment in UTC, to the minute: the server knows nobody's time zone. @param ms since 1970 */
export function moment(ms: number): Moment {
  const iso = new Date(ms).toISOString();
  return { iso, words: `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC` };
}

/** A wait for people: `20 seconds`, `3 minutes`, rounded up. */
export function wait(seconds: number): string {
  const whole = Math.max(1, Math.ceil(seconds));
  if (whole < 90) return whole === 1 ? '1 second' : `${whole} seconds`;
  const minutes = Math.ceil(whole / 60);
  return `${minutes} minutes`;
}

const PROGRESS: Record<ReceiptStep, readonly [1 | 2 | 3 | 4, string]> = {
  sent: [1, 'Sent, not delivered yet'],
  delivered: [2, 'Delivered, not opened yet'],
  opened: [3, 'Opened, waiting for the answer'],
  answered: [4, 'Answered'],
};

/** A device's line on the waiting page, in words and marks; for the page and the poll alike. */
export function deviceProgress(name: string, step: ReceiptStep | null): DeviceProgress {
  const [marks, words] = step === null ? ([0, 'Sending'] as const) : PROGRESS[step];
  return { name, marks, words };
}

const SCOPES: Record<string, ScopeWords> = {
  openid: { title: 'Know who you are', detail: 'An identifier for your account here' },
  profile: { title: 'See your profile', detail: 'Your name, picture, language and similar' },
  email: { title: 'See your email address' },
  phone: { title: 'See your phone number' },
  address: { title: 'See your postal address' },
  offline_access: {
    title: 'Stay signed in',
    detail: 'It keeps access while you are away, until you take it back',
  },
};

/**
 * Scopes in plain words, in the order asked. `custom` has an admin's words for an app's own scopes; one without words is
 * shown by its name.
 */
export function scopeWords(
  scopes: Iterable<string>,
  custom: Readonly<Record<string, ScopeWords>> = {},
): ScopeWords[] {
  return Array.from(scopes, (scope) => {
    if (Object.hasOwn(custom, scope)) return custom[scope]!;
    if (Object.hasOwn(SCOPES, scope)) return SCOPES[scope]!;
    return { title: `Use “${shorten(scope, 60)}”`, detail: 'A permission of its own, named by the app' };
  });
}
