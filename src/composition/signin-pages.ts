import * as knownBrowsers from '../accounts/known-browsers.ts';
import type { Approvals } from '../approval/approvals.ts';
import { createPoll } from '../approval/poll-routes.ts';
import { createWaitingPages } from '../approval/waiting-pages.ts';
import type { WakeHub } from '../approval/wake-hub.ts';
import type { Interactions } from '../authorize/interactions.ts';
import { createConsentPages } from '../consent/consent-pages.ts';
import type { Renderer } from '../http/render.ts';
import type { ParkedLimits } from '../limits/parked.ts';
import type { PasswordCheck } from '../password/check-password.ts';
import { createPasswordPages } from '../password/password-pages.ts';
import type { Place } from '../risk/place.ts';
import type { Services } from '../services.ts';
import type { SigninPages } from '../signin.ts';

/** The pages of a sign-in; `signin.ts` says which answers what. */
export function composeSigninPages(
  services: Services,
  parts: {
    readonly interactions: Interactions;
    readonly approvals: Approvals;
    readonly hub: WakeHub;
    readonly parked: ParkedLimits;
    readonly check: PasswordCheck;
    readonly render: Renderer;
    readonly placeOf: (address: string) => Place;
  },
): SigninPages {
  const { config, store, accounts, audit } = services;
  const { issuer } = config;
  const common = { ...parts, accounts, audit, store, origin: new URL(issuer).origin };
  return {
    interactions: parts.interactions,
    password: createPasswordPages(common),
    waiting: createWaitingPages({
      ...common,
      known: {
        isKnown: (sub, browser) => knownBrowsers.isKnown(store, sub, browser),
        remember: (sub, browser) => knownBrowsers.remember(store, sub, browser, config.session.knownBrowser),
      },
      passwordProofS: config.session.passwordProof / 1000,
      resendAfterMs: config.challenge.resendAfter,
      authenticator: config.authenticator.origin ?? null,
    }),
    consent: createConsentPages(common),
    poll: createPoll({
      approvals: parts.approvals,
      hub: parts.hub,
      parked: parts.parked,
      issuer,
      holdMs: config.limits.longPoll.hold,
    }),
  };
}
