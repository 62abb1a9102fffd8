import type { AppFace, FormTarget, NextStep } from './parts.ts';

/** Pages that may come at any time: what went wrong, leaving for an app, signing out, the front door. */
export interface AnyTimeModels {
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

  readonly home: { readonly issuer: string };
}
