import type { FormTarget } from './parts.ts';

/** One device on the waiting page of a known browser (R59: never for an unknown one). */
export interface DeviceProgress {
  readonly name: string;
  /** How many of the four steps (sent, delivered, opened, answered) are done. */
  readonly marks: 0 | 1 | 2 | 3 | 4;
  /** The same in words. */
  readonly words: string;
}

/** The JSON answer of the waiting page's long poll. `devices` only for a known browser. */
export interface WaitingAnswer {
  readonly v: string;
  readonly state: 'pending' | 'approved' | 'denied' | 'expired' | 'failed' | 'superseded';
  readonly secondsLeft: number;
  readonly devices?: readonly DeviceProgress[];
}

/** A page that shows the number of a challenge and waits for a device to answer it. */
export interface ShownNumber {
  readonly state: 'pending' | 'approved';
  /** The digits, e.g. `482913`. */
  readonly number: string;
  /** What the QR says. */
  readonly qr: string;
  readonly secondsLeft: number;
  /** Seconds from the challenge's start to its end. */
  readonly life: number;
  /** URL of the long poll; the script adds `v`. */
  readonly poll: string;
  readonly version: string;
  /** Seconds until "send again" wakes. The server checks it again. */
  readonly resendAfter: number;
  readonly resend: FormTarget;
  readonly proceed: FormTarget;
  readonly cancel: FormTarget;
  /** Where the authenticator lives; `null` while the server has none to open. */
  readonly authenticator: string | null;
  /** From the user agent: no link opens a Home Screen app on iPhone and iPad. */
  readonly ios?: boolean;
  /** Only for a known browser. */
  readonly devices?: readonly DeviceProgress[];
  /** Only for a known browser: why no device shows it, and what to do. */
  readonly withheld?: string;
}
