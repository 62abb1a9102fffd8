import type { AppFace, FormTarget, Moment, NextStep } from './parts.ts';
import type { ShownNumber } from './shown-number.ts';

export type OutcomeKind =
  | 'denied'
  | 'expired'
  | 'failed'
  | 'superseded'
  | 'refused'
  | 'other-tab'
  | 'session-gone'
  | 'link-used'
  | 'link-expired'
  | 'link-invalid';

/** A scope in plain words, made by `scopeWords`. */
export interface ScopeWords {
  readonly title: string;
  readonly detail?: string;
}

/** A passkey asked for by a page's script, which posts what the browser gave. */
export interface PasskeyCeremony {
  /** Answers the options for the browser, as JSON, to a POST of the form's own fields. */
  readonly options: string;
  /** Posts the field `credential`. */
  readonly form: FormTarget;
}

/** The device that waits for a user code, as people are shown it. */
export interface WaitingDeviceFacts {
  readonly place: string | null;
  readonly address: string;
  readonly userCode?: string;
}

/** The pages of a sign-in, in the order they come. */
export interface SignInModels {
  /** Something you know. */
  readonly password: {
    readonly app: AppFace;
    readonly form: FormTarget;
    readonly username?: string;
    /** Set after a wrong name or password: one sentence for every cause. */
    readonly wrong?: boolean;
    /** Seconds to wait, when throttled. */
    readonly retryAfter?: number;
    /** Offered by the browser in the name's field, and on a page of its own. */
    readonly passkey?: PasskeyCeremony & { readonly page: string };
    readonly cancel: FormTarget;
  };

  /** Something you hold: the page that waits for the device. */
  readonly waiting: ShownNumber & {
    readonly app: AppFace;
    readonly account: string;
    /** Only devices that verify a person are asked. */
    readonly verify?: boolean;
    /** The page to use a passkey on instead; the same for all (R59). */
    readonly passkey?: string;
    /** "I do not have my phone": on every such page, for all alike (R42). */
    readonly lostPhone: string;
    /** The browser may be remembered for so many days. */
    readonly rememberDays?: number;
    /** "No network on your phone?", where settings and the request allow it: for all alike. */
    readonly offlineCode?: string;
  };

  /** More proof is needed; nothing was sent yet, and only a click sends. */
  readonly 'step-up': {
    readonly app: AppFace;
    readonly account: string;
    readonly send: FormTarget;
    readonly lostPhone: string;
    readonly passkey?: string;
    readonly offlineCode?: string;
    readonly cancel: FormTarget;
    /** Device code: the other device that will be signed in. */
    readonly device?: WaitingDeviceFacts;
  };

  /** A passkey instead of the phone, or because nothing less will do. */
  readonly passkey: PasskeyCeremony & {
    readonly app: AppFace;
    /** Absent: the passkey says who signs in. */
    readonly account?: string;
    /** Asked for at once, as far as the browser lets it. */
    readonly atOnce: boolean;
    /** `refused`: one sentence for every cause. `too-weak`: a good one, but not of the kind the app wants. */
    readonly problem?: 'refused' | 'too-weak';
    /** No less will do. */
    readonly needed: boolean;
    /** Other ways, where there are any. */
    readonly others: readonly NextStep[];
    /** Without a passkey: where one is made, and the way back to the app, which hears that it could not be met. */
    readonly without?: { readonly make: string; readonly leave: FormTarget };
    readonly cancel: FormTarget;
    readonly device?: WaitingDeviceFacts;
  };

  /** Signed in, and on the way to the app: this browser could keep a passkey. */
  readonly 'passkey-offer': PasskeyCeremony & {
    readonly app: AppFace;
    readonly problem?: 'refused' | 'not-allowed';
    readonly skip: FormTarget;
  };

  /** Only a passkey will do, and this person has none that would. */
  readonly 'passkey-missing': {
    readonly app: AppFace;
    readonly account: string;
    /** Hardware-bound ones only. */
    readonly hardware: boolean;
    readonly make: string;
    readonly leave: FormTarget;
  };

  /** After a report: somebody else has the password. */
  readonly 'new-password': {
    readonly app: AppFace;
    readonly account: string;
    readonly form: FormTarget;
    readonly minLength: number;
    /** One sentence or more, ready to show. */
    readonly problem?: string;
    readonly cancel: FormTarget;
  };

  /** Only for an account an admin opened the window of. */
  readonly 'first-device': {
    readonly app: AppFace;
    readonly account: string;
    readonly add: FormTarget;
    /** Seconds to wait; it was asked for too often. */
    readonly retryAfter?: number;
    readonly cancel: FormTarget;
  };

  /** In place of the device: a recovery code, or one of an admin's. Equal for every account (R42). */
  readonly 'lost-phone': {
    readonly app: AppFace;
    readonly account: string;
    readonly form: FormTarget;
    /** No password was given in this sign-in: it is asked for here. */
    readonly password: boolean;
    readonly problem?: { readonly field: 'password' | 'code'; readonly text: string };
    /** The page it came from. */
    readonly back: string;
  };

  /** Six digits of a phone without network. Equal for every account (R42). */
  readonly 'offline-code': {
    readonly app: AppFace;
    readonly account: string;
    readonly form: FormTarget;
    /** No password was given in this sign-in: it is asked for here. */
    readonly password: boolean;
    readonly problem?: { readonly field: 'password' | 'code'; readonly text: string };
    readonly back: string;
  };

  /** One seal, one sentence, one or two next steps. */
  readonly outcome: {
    readonly kind: OutcomeKind;
    readonly app?: AppFace;
    /** One more sentence, of an admin. */
    readonly detail?: string;
    readonly steps: readonly NextStep[];
    readonly requestId?: string;
  };

  readonly consent: {
    readonly app: AppFace;
    readonly account: string;
    readonly scopes: readonly ScopeWords[];
    readonly allow: FormTarget;
    /** A passkey is required from then on, and the person has none: where one is made. */
    readonly passkeyFrom?: { readonly at: Moment; readonly make: string };
    readonly deny: FormTarget;
    readonly privacyUrl?: string;
    readonly termsUrl?: string;
  };
}
