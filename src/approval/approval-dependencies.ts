import type { Audit } from '../audit/audit.ts';
import type { Device } from '../devices/device.ts';
import type { Devices } from '../devices/devices.ts';
import type { Rule, Throttle } from '../limits/throttle.ts';
import { DAY, MINUTE } from '../store/keys.ts';
import type { Store } from '../store/port.ts';
import type { AttackWatch } from './attack-watch.ts';
import type { Challenge } from './challenge.ts';
import type { OpenLimits } from './open-challenges.ts';
import type { SprayRules } from './spray.ts';

/** How long a challenge's record is readable after it was made: the life of the interaction that shows it. */
export const KEPT_MS = 30 * MINUTE;

/** Denies of one browser's requests are counted until one of them is approved … */
export const DENIED = { rule: 'denied', windowMs: DAY, quietFrom: 2 } as const;
/** … and from the second on, each is followed by five minutes without a push; what it asks is listed all the same. */
export const QUIET = { rule: 'quiet', windowMs: 5 * MINUTE } as const;

export const browserSubject = (account: string, browser: string): string => `${account}.${browser}`;

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
  /** How long whoever asked stays blocked after a report, ms. */
  readonly blockMs: number;
  readonly spray: SprayRules;
}

export interface ApprovalDependencies {
  readonly store: Store;
  readonly devices: Devices;
  readonly throttle: Throttle;
  readonly audit: Audit;
  /** Whether the account may still sign in: asked again when a device answers (R33). */
  readonly mayAnswer: (account: string) => Promise<boolean>;
  readonly notify: (challenge: Challenge, devices: readonly Device[]) => void;
  /** What a report means for the account besides its requests. Safe to do again. */
  readonly onReported: (challenge: Challenge, device: Device) => Promise<void>;
  readonly attacks: AttackWatch;
  readonly options: ApprovalOptions;
}
