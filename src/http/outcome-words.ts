import type { OutcomeKind } from './models/sign-in.ts';

export type Seal = 'tick' | 'cross' | 'clock' | 'mark';

export interface OutcomeWords {
  readonly seal: Seal;
  readonly title: string;
  /** The sentence; `app` is the app's name or a stand-in. */
  readonly text: (app: string) => string;
}

/**
 * What each ending of a sign-in says. Denied and reported are one page: who reports must not warn an attacker who
 * watches this one.
 */
export const OUTCOME_WORDS: Readonly<Record<OutcomeKind, OutcomeWords>> = {
  denied: {
    seal: 'cross',
    title: 'This sign-in was denied',
    text: (app) => `Nobody was signed in to ${app}. If you asked for it, you can start again.`,
  },
  expired: {
    seal: 'clock',
    title: 'The time ran out',
    text: (app) => `Nobody answered in time, so nobody was signed in to ${app}. You can ask again.`,
  },
  failed: {
    seal: 'cross',
    title: 'That number was not right',
    text: (app) =>
      `The number did not match, so nobody was signed in to ${app}. A new try shows a new number.`,
  },
  superseded: {
    seal: 'mark',
    title: 'A newer request took over',
    text: (app) =>
      `You asked again, and only the newest request counts. Go on there, or start again for ${app} here.`,
  },
  refused: {
    seal: 'cross',
    title: 'Not from here',
    text: (app) =>
      `Nobody was signed in to ${app}: your organisation does not allow it from this browser and place. Try again from a browser you use often, or on another network.`,
  },
  'other-tab': {
    seal: 'tick',
    title: 'You signed in in another tab',
    text: (app) => `You are signed in to ${app} there. You can close this tab.`,
  },
  'session-gone': {
    seal: 'clock',
    title: 'This page is too old',
    text: (app) => `The sign-in it belonged to has ended. Go back to ${app} and sign in from there.`,
  },
  'link-used': {
    seal: 'mark',
    title: 'This link was used already',
    text: () => 'It works once. If it was not you who used it, tell your administrator now.',
  },
  'link-expired': {
    seal: 'clock',
    title: 'This link is too old',
    text: () => 'Ask your administrator for a new invitation.',
  },
  'link-invalid': {
    seal: 'mark',
    title: 'This link does not work',
    text: () =>
      'Perhaps a part of it is missing. Open it again from the message, or ask for a new invitation.',
  },
};
