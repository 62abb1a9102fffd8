import type { Audit } from '../audit/audit.ts';
import type { Device } from '../devices/device.ts';
import type { Devices } from '../devices/devices.ts';
import type { Rule, Throttle } from '../limits/throttle.ts';
import { MINUTE } from '../store/keys.ts';
import type { Store } from '../store/port.ts';
import type { Challenge } from './challenge.ts';
import type { OpenLimits } from './open-challenges.ts';

/** How long a challenge's record is readable after it was made: the life of the interaction that shows it. */
export const KEPT_MS = 30 * MINUTE;

/**
 * After two denies, or one report, of one browser's requests no push goes out for it for five minutes; after a report
 * they are not even listed. One counter of an account and a browser, so that looking costs the same whatever it says.
 */
export const AFTER_DENY = {
  rule: 'after-deny',
  windowMs: 5 * MINUTE,
  deny: 1,
  report: 100,
  quietFrom: 2,
} as const;

export const denySubject = (account: string, browser: string): string => `${account}.${browser}`;

export interface ApprovalOptions {
  readonly lifeMs: number;
  readonly digits: number;
  /** For browsers the account knows; 6 unless an admin allows fewer (R2). */
  readonly knownDigits: number;
  readonly maxWrong: number;
  readonly open: OpenLimits;
  /** Pushes without a success, for unknown browsers and (apart) for known ones (R10). */
  readonly pushRules: { readonly unknown: readonly Rule[]; readonly known: readonly Rule[] };
  /** Wrong numbers of one account, over all its challenges (R7-R9). */
  readonly wrongRule: Rule;
}

export interface ApprovalDependencies {
  readonly store: Store;
  readonly devices: Devices;
  readonly throttle: Throttle;
  readonly audit: Audit;
  /** Whether the account may still sign in: asked again when a device answers (R33). */
  readonly mayAnswer: (account: string) => Promise<boolean>;
  readonly notify: (challenge: Challenge, devices: readonly Device[]) => void;
  readonly options: ApprovalOptions;
}
