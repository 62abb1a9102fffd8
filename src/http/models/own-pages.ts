import type { FormTarget, Moment, NextStep } from './parts.ts';
import type { ShownNumber } from './shown-number.ts';
import type { PasskeyCeremony } from './sign-in.ts';

/** One of the devices a person sees on their own page. */
export interface OwnDevice {
  readonly name: string;
  readonly kind: string;
  readonly fingerprint: string;
  readonly enrolled: Moment;
  readonly seen: Moment;
}

/** One of the passkeys a person sees on their own page. */
export interface OwnPasskey {
  readonly name: string;
  /** Copied to other devices of its owner, to be copied, or on one device alone. */
  readonly keeps: 'synced' | 'syncable' | 'one-device';
  /** Its hardware was proved. */
  readonly attested: boolean;
  readonly fingerprint: string;
  readonly added: Moment;
  /** Absent until it was used. */
  readonly used?: Moment;
}

/** A browser its owner had remembered. */
export interface OwnBrowser {
  /** Such as `Firefox on Linux`. */
  readonly words: string;
  readonly place: string | null;
  readonly used: Moment;
  readonly until: Moment;
  /** The one this page is shown in. */
  readonly here: boolean;
  readonly forget: FormTarget;
}

export interface ActivityLine {
  readonly at: Moment;
  readonly words: string;
  /** Where from, with what. */
  readonly detail?: string;
}

/** A person's own pages at `/account`. */
export interface OwnPageModels {
  /** A person's own page. */
  readonly account: {
    readonly account: string;
    readonly devices: readonly (OwnDevice & { readonly href: string })[];
    readonly add: FormTarget;
    readonly passkeys: readonly (OwnPasskey & { readonly href: string })[];
    readonly addPasskey: FormTarget;
    readonly activity: readonly ActivityLine[];
    readonly knownBrowsers: number;
    /** Browsers where the password is enough; absent when there are none. */
    readonly remembered?: { readonly browsers: readonly OwnBrowser[]; readonly forgetAll: FormTarget };
    /** Requests reach no device until then. */
    readonly pausedUntil?: Moment;
    /** A report: requests of unknown browsers reach no device until its owner lets them. */
    readonly reportedAt?: Moment;
    readonly password: string;
    /** Their page, and how many are left: none where none were made. */
    readonly recovery: { readonly href: string; readonly left: number };
    /** Absent where the configuration has none. */
    readonly offlineCode?: string;
    /** A passkey is required from then on, of these apps (none: all), and the person has none. */
    readonly passkeyFrom?: { readonly at: Moment; readonly apps: readonly string[] };
    readonly everywhere: string;
    readonly signOut: FormTarget;
  };
  readonly 'account-device': {
    readonly device: OwnDevice;
    readonly rename: FormTarget;
    /** What was typed, and one sentence about it. */
    readonly problem?: { readonly name: string; readonly text: string };
    /** Absent for the last one: nothing could approve its removal. */
    readonly remove?: FormTarget;
    readonly back: string;
  };
  readonly 'account-passkey': {
    readonly passkey: OwnPasskey;
    readonly rename: FormTarget;
    readonly problem?: { readonly name: string; readonly text: string };
    /** Absent where neither a device nor another passkey could approve it. */
    readonly remove?: FormTarget;
    readonly back: string;
  };
  /** The browser makes a passkey; nothing is changed yet. */
  readonly 'account-new-passkey': PasskeyCeremony & {
    readonly account: string;
    /** What it may be called. */
    readonly name: string;
    readonly problem?: 'name' | 'refused' | 'not-allowed';
    readonly cancel: FormTarget;
  };
  readonly 'account-password': {
    readonly account: string;
    readonly form: FormTarget;
    readonly minLength: number;
    /** One sentence or more, ready to show, and the field it is about. */
    readonly problem?: { readonly field: 'current' | 'new'; readonly text: string };
    readonly back: string;
  };
  /** Codes of a phone without network. */
  readonly 'account-offline-code': {
    readonly on: boolean;
    readonly change: FormTarget;
    readonly back: string;
  };
  readonly 'recovery-codes': {
    /** Absent while there are none. */
    readonly codes?: { readonly left: number; readonly of: number; readonly made: Moment };
    readonly make: FormTarget;
    readonly back: string;
  };
  /** The one time they are shown. */
  readonly 'recovery-codes-made': {
    readonly account: string;
    readonly codes: readonly string[];
    /** What the downloaded file says. */
    readonly file: string;
    readonly back: string;
  };
  readonly 'account-everywhere': { readonly form: FormTarget; readonly back: string };
  /** A change of factors that waits for an old device. */
  readonly 'account-approve': ShownNumber & {
    readonly act:
      | 'add-device'
      | 'remove-device'
      | 'add-passkey'
      | 'remove-passkey'
      | 'password'
      | 'recovery-codes'
      | 'offline-code-on'
      | 'offline-code-off';
    /** The device or passkey it is about. */
    readonly device?: { readonly name: string; readonly fingerprint: string };
    /** Another passkey may approve it as well. */
    readonly passkey?: PasskeyCeremony;
  };
  /** How it went: a seal, a sentence, what to do next. */
  readonly 'account-said': {
    readonly seal: 'tick' | 'cross' | 'clock' | 'mark';
    readonly title: string;
    readonly text: string;
    readonly steps: readonly NextStep[];
    readonly requestId?: string;
  };
}
