import type { AppFace, FormTarget, NextStep } from './parts.ts';
import type { ShownNumber } from './shown-number.ts';

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
    readonly passkey?: FormTarget;
    readonly cancel: FormTarget;
  };

  /** Something you hold: the page that waits for the device. */
  readonly waiting: ShownNumber & {
    readonly app: AppFace;
    readonly account: string;
    readonly passkey?: FormTarget;
    /** "I do not have my phone": on every such page, for all alike (R42). */
    readonly lostPhone: string;
    /** The browser may be remembered for so many days. */
    readonly rememberDays?: number;
  };

  /** More proof is needed; nothing was sent yet, and only a click sends. */
  readonly 'step-up': {
    readonly app: AppFace;
    readonly account: string;
    readonly send: FormTarget;
    readonly lostPhone: string;
    readonly passkey?: FormTarget;
    readonly cancel: FormTarget;
    /** Device code: the other device that will be signed in. */
    readonly device?: { readonly place: string | null; readonly address: string; readonly userCode?: string };
  };

  /** Only for an account an admin opened the window of. */
  readonly 'first-device': {
    readonly app: AppFace;
    readonly account: string;
    readonly add: FormTarget;
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
}
