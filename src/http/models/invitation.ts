import type { FormTarget, NextStep } from './parts.ts';

/** The pages of an invitation. Adding a device at `/account` shows `invite-device` and `invite-confirm`, too. */
export interface InvitationModels {
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
  readonly 'invite-done': {
    readonly account: string;
    readonly device: string;
    /** Back to the sign-in it was begun from. */
    readonly next?: NextStep;
    /** The old devices are gone, and passkeys that may be on them are not: where to remove those. */
    readonly passkeysLeft?: string;
    /** Devices were replaced, so everything was signed out: that sign-in asks for the password again. */
    readonly signedOut?: boolean;
  };
}
