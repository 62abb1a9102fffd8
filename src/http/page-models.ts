import type { AnyTimeModels } from './models/any-time.ts';
import type { DeviceCodeModels } from './models/device-code.ts';
import type { InvitationModels } from './models/invitation.ts';
import type { OwnPageModels } from './models/own-pages.ts';
import type { SignInModels } from './models/sign-in.ts';

/**
 * What each page needs, and nothing more, by the name of its template. A page's model is plain data: text is escaped by
 * the template, addresses are checked by the renderer, and no member is ever HTML.
 */
export interface PageModels
  extends SignInModels,
    DeviceCodeModels,
    InvitationModels,
    OwnPageModels,
    AnyTimeModels {}

export type PageName = keyof PageModels;

/** Who runs this server, for the foot of every page and "who to ask". */
export interface Organisation {
  readonly name: string;
  readonly privacyUrl?: string;
  readonly helpUrl?: string;
  /** Who to ask, in words, e.g. `the IT desk, +41 31 000 00 00`. */
  readonly contact?: string;
  /** What the licence of data about addresses wants said where places are shown. */
  readonly attribution?: { readonly text: string; readonly url?: string };
}
