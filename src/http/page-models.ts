/**
 * What each page needs, and nothing more. A page's model is plain data: text is escaped by the template, addresses are
 * checked by the renderer, and no member is ever HTML.
 */

/** The app a person signs in to, as an admin registered it. */
export interface AppFace {
  readonly name: string;
  /** Path of its logo on this server. Anywhere else's is not fetched (`img-src 'self'`): the tile shows a letter. */
  readonly logo?: string;
}

/** Where a form posts to, with hidden fields if it needs any. */
export interface FormTarget {
  readonly action: string;
  readonly fields?: Readonly<Record<string, string>>;
}

/** One next step: a button that posts, or a link. */
export type NextStep =
  | { readonly label: string; readonly post: FormTarget }
  | { readonly label: string; readonly href: string };

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

export type OutcomeKind =
  | 'denied'
  | 'expired'
  | 'failed'
  | 'superseded'
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

/** A page that shows the number of a challenge and waits for a device to answer it. */
interface ShownNumber {
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
}

export interface PageModels {
  /** Something you know. */
  readonly password: {
    readonly app: AppFace;
    readonly form: FormTarget;
    readonly username?: string;
    /** Set after a wrong name or password: one sentence for every cause. */
    readonly wrong?: boolean;
    /** Seconds to wait, when throttled. */
    readonly retryAfter?: number;
    readonly passkey?: FormTarget;
    readonly cancel: FormTarget;
    /** Offered only where policy allows a remembered browser. */
    readonly remember?: boolean;
  };

  /** Something you hold: the page that waits for the device. */
  readonly waiting: ShownNumber & {
    readonly app: AppFace;
    readonly account: string;
    readonly passkey?: FormTarget;
  };

  /** More proof is needed; nothing was sent yet, and only a click sends. */
  readonly 'step-up': {
    readonly app: AppFace;
    readonly account: string;
    readonly send: FormTarget;
    readonly passkey?: FormTarget;
    readonly cancel: FormTarget;
    /** Device code: the other device that will be signed in. */
    readonly device?: { readonly place: string | null; readonly address: string; readonly userCode?: string };
  };

  /** One seal, one sentence, one or two next steps. */
  readonly outcome: {
    readonly kind: OutcomeKind;
    readonly app?: AppFace;
    readonly steps: readonly NextStep[];
    readonly requestId?: string;
  };

  readonly consent: {
    readonly app: AppFace;
    readonly account: string;
    readonly scopes: readonly ScopeWords[];
    readonly allow: FormTarget;
    readonly deny: FormTarget;
    readonly privacyUrl?: string;
    readonly termsUrl?: string;
  };

  readonly error: {
    /** What happened. */
    readonly title: string;
    /** In a sentence, and what to do. */
    readonly text: string;
    readonly steps: readonly NextStep[];
    readonly requestId?: string;
    /** For the app's developer: the standard error code and its description. */
    readonly detail?: string;
  };

  /** Leaves for `url` at once by meta refresh, with a link for people. */
  readonly leaving: { readonly url: string; readonly app?: AppFace };

  /**
   * Turns an authorization request that was posted into the GET it stands for. It leaves by meta refresh and a link,
   * not by a form: Chromium holds `form-action` against the app's own redirects. A name may come twice; the library
   * says what it thinks of that.
   */
  readonly 'authorize-post': {
    readonly action: string;
    readonly fields: readonly { readonly name: string; readonly value: string }[];
  };

  readonly logout: { readonly form: FormTarget; readonly app?: AppFace };
  readonly 'signed-out': { readonly app?: AppFace; readonly back?: string };

  readonly 'device-code': {
    readonly form: FormTarget;
    readonly userCode?: string;
    readonly problem?: 'unknown' | 'missing' | 'other';
  };
  readonly 'device-confirm': {
    readonly form: FormTarget;
    readonly app: AppFace;
    readonly userCode: string;
    readonly place: string | null;
    readonly address: string;
  };
  readonly 'device-done': { readonly app?: AppFace };

  readonly home: { readonly issuer: string };

  /** The invitation's first page. */
  readonly 'invite-password': {
    readonly account: string;
    readonly form: FormTarget;
    /** The account has a password already: it is asked for instead of set. */
    readonly existing?: boolean;
    readonly minLength: number;
    /** One sentence, ready to show. */
    readonly problem?: string;
  };
  readonly 'invite-device': {
    readonly account: string;
    /** The enrolment link: as QR and as a link. */
    readonly link: string;
    readonly code: string;
    readonly secondsLeft: number;
    readonly life: number;
    /** Long poll that answers a `WaitingAnswer`; any state but `pending` reloads the page. */
    readonly poll: string;
    readonly version: string;
    readonly replaces?: boolean;
    readonly cancel?: FormTarget;
  };
  readonly 'invite-confirm': {
    readonly account: string;
    readonly device: { readonly name: string; readonly fingerprint: string };
    readonly confirm: FormTarget;
    readonly reject: FormTarget;
    readonly replaces?: boolean;
    /** Confirming it here is not all: a device that is there already has to approve it. */
    readonly approval?: boolean;
  };
  readonly 'invite-done': { readonly account: string; readonly device: string };

  /** A person's own page. */
  readonly account: {
    readonly account: string;
    readonly devices: readonly (OwnDevice & { readonly href: string })[];
    readonly add: FormTarget;
    readonly activity: readonly ActivityLine[];
    readonly knownBrowsers: number;
    /** Requests of unknown browsers reach no device until then. */
    readonly pausedUntil?: Moment;
    readonly password: string;
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
  readonly 'account-password': {
    readonly account: string;
    readonly form: FormTarget;
    readonly minLength: number;
    /** One sentence or more, ready to show, and the field it is about. */
    readonly problem?: { readonly field: 'current' | 'new'; readonly text: string };
    readonly back: string;
  };
  readonly 'account-everywhere': { readonly form: FormTarget; readonly back: string };
  /** A change of factors that waits for an old device. */
  readonly 'account-approve': ShownNumber & {
    readonly act: 'add-device' | 'remove-device' | 'password';
    /** The device it is about. */
    readonly device?: { readonly name: string; readonly fingerprint: string };
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

/** A moment for a `<time>`: for machines and for people, both UTC. */
export interface Moment {
  readonly iso: string;
  readonly words: string;
}

/** One of the devices a person sees on their own page. */
export interface OwnDevice {
  readonly name: string;
  readonly kind: string;
  readonly fingerprint: string;
  readonly enrolled: Moment;
  readonly seen: Moment;
}

export interface ActivityLine {
  readonly at: Moment;
  readonly words: string;
  /** Where from, with what. */
  readonly detail?: string;
}

export type PageName = keyof PageModels;

/** Who runs this server, for the foot of every page and "who to ask". */
export interface Organisation {
  readonly name: string;
  readonly privacyUrl?: string;
  readonly helpUrl?: string;
  /** Who to ask, in words, e.g. `the IT desk, +41 31 000 00 00`. */
  readonly contact?: string;
}
