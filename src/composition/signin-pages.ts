import type { IncomingMessage } from 'node:http';
import type { AnnouncePasskeys } from '../accounts/announce-passkeys.ts';
import type { BeginInvitation } from '../accounts/begin-invitation.ts';
import * as knownBrowsers from '../accounts/known-browsers.ts';
import type { Approvals } from '../approval/approvals.ts';
import { createPoll, POLL_PATH } from '../approval/poll-routes.ts';
import { createWaitingPages } from '../approval/waiting-pages.ts';
import type { WakeHub } from '../approval/wake-hub.ts';
import type { Interactions } from '../authorize/interactions.ts';
import type { ProviderMount } from '../authorize/mount.ts';
import { createConsentPages } from '../consent/consent-pages.ts';
import type { Renderer } from '../http/render.ts';
import { stayingHeaders } from '../http/security-headers.ts';
import type { ParkedLimits } from '../limits/parked.ts';
import { createPasskeyChallenges } from '../passkey/passkey-challenges.ts';
import { createPasskeyPages } from '../passkey/passkey-pages.ts';
import { passkeyParty } from '../passkey/passkey-party.ts';
import { createPasskeyViews } from '../passkey/passkey-view-pages.ts';
import type { PasswordCheck } from '../password/check-password.ts';
import type { HashPool } from '../password/hash-pool.ts';
import { createPasswordPages } from '../password/password-pages.ts';
import { createRenewPasswordPages } from '../password/renew-password-pages.ts';
import type { SetPasswordRules } from '../password/set-password.ts';
import type { Tell } from '../push/notices.ts';
import { createFirstDevicePages } from '../recovery/first-device-pages.ts';
import { createLostPhonePages } from '../recovery/lost-phone-pages.ts';
import { createOfflineCodePages } from '../recovery/offline-code-pages.ts';
import type { OfflineCodesService } from '../recovery/offline-codes.ts';
import { createUseCode } from '../recovery/use-code.ts';
import { createUseOfflineCode } from '../recovery/use-offline-code.ts';
import type { RememberedBrowsers } from '../remembered/remembered-browsers.ts';
import type { Risk } from '../risk/assess.ts';
import { type ClientAddress, limitSubject } from '../risk/client-address.ts';
import type { Place } from '../risk/place.ts';
import { ACCOUNT_PATH } from '../self-service/account-client.ts';
import type { Services } from '../services.ts';
import { bypassAllowed, offlineCodeRules, passkeyRequired, recoveryRules } from '../settings.ts';
import type { SigninPages } from '../signin.ts';
import { authenticatorUrl } from './authenticator.ts';
import { signOutWith } from './sign-out.ts';

/** The pages of a sign-in; `signin.ts` says which answers what. */
export function composeSigninPages(
  services: Services,
  parts: {
    readonly provider: ProviderMount;
    readonly interactions: Interactions;
    readonly approvals: Approvals;
    readonly hub: WakeHub;
    readonly parked: ParkedLimits;
    readonly check: PasswordCheck;
    readonly remembered: RememberedBrowsers;
    readonly pool: HashPool;
    readonly passwordRules: SetPasswordRules;
    readonly render: Renderer;
    readonly placeOf: (address: string) => Place;
    readonly risk: Risk;
    readonly offer: SigninPages['offer'];
    readonly clientAddress: (request: IncomingMessage) => ClientAddress;
    readonly beginInvitation: BeginInvitation;
    readonly tell: Tell;
    readonly offlineCodes: OfflineCodesService | undefined;
    readonly announce: AnnouncePasskeys;
  },
): SigninPages {
  const { config, logger, store, accounts, devices, audit, passkeys } = services;
  const { issuer } = config;
  const remember = (sub: string, browser: string, more?: { readonly passkey: true }) =>
    knownBrowsers.remember(store, sub, browser, config.session.knownBrowser, more);
  const isKnown = (sub: string, browser: string) => knownBrowsers.isKnown(store, sub, browser);
  const common = {
    ...parts,
    accounts,
    audit,
    store,
    passkeys,
    origin: new URL(issuer).origin,
    passwordProofS: config.session.passwordProof / 1000,
    passkeyRequired: passkeyRequired(config),
    known: {
      isKnown,
      standing: (sub: string, browser: string) => knownBrowsers.standingOf(store, sub, browser),
      remember,
    },
  };
  const views = createPasskeyViews({ ...common, accountPage: ACCOUNT_PATH });
  const offlineCode = createOfflineCodePages({
    ...common,
    isKnown,
    useOfflineCode:
      parts.offlineCodes &&
      createUseOfflineCode({
        codes: parts.offlineCodes,
        throttle: services.throttle,
        rules: offlineCodeRules(config),
        devices,
      }),
  });
  const firstDevice = createFirstDevicePages({ ...common, devices, throttle: services.throttle });
  return {
    interactions: parts.interactions,
    offlineCode,
    password: createPasswordPages({ ...common, ceremony: views.ceremony }),
    passkey: createPasskeyPages({
      ...common,
      views,
      accountPage: ACCOUNT_PATH,
      challenges: createPasskeyChallenges(store),
      party: passkeyParty(issuer, config.passkeys.relatedOrigins),
      proved: async (sub, browser, address) => {
        await Promise.all([
          remember(sub, browser, { passkey: true }),
          services.guard.lift(sub, 'proof'),
          parts.risk.learn(sub, address),
        ]);
      },
    }),
    firstDevice,
    offer: parts.offer,
    waiting: createWaitingPages({
      ...common,
      firstDevice,
      passkey: views,
      offlineCode,
      offer: parts.offer.offer,
      resendAfterMs: config.challenge.resendAfter,
      authenticator: authenticatorUrl(config),
    }),
    lostPhone: createLostPhonePages({
      ...common,
      isKnown,
      useCode: createUseCode({
        store,
        throttle: services.throttle,
        rules: recoveryRules(config),
        bypass: bypassAllowed(config),
      }),
    }),
    renewPassword: createRenewPasswordPages({
      ...common,
      throttle: services.throttle,
      rules: parts.passwordRules,
      knowOnly: async (sub, browser) => {
        await knownBrowsers.forgetAll(store, sub);
        await remember(sub, browser);
      },
      keepOnly: (sub, session) =>
        signOutWith(
          services,
          parts.provider.current,
          sub,
          'self',
          'the password was changed after a report',
          session,
        ),
    }),
    consent: createConsentPages({
      ...common,
      passkeyAhead: async (account) => (await parts.announce.due(account))?.from,
      accountPage: ACCOUNT_PATH,
    }),
    poll: createPoll({
      approvals: parts.approvals,
      hub: parts.hub,
      parked: parts.parked,
      issuer,
      holdMs: config.limits.longPoll.hold,
      neighbourOf: (request) => limitSubject(parts.clientAddress(request).address),
      headers: stayingHeaders(issuer.startsWith('https:')),
      onFailed: (error, requestId) =>
        logger.error({ requestId, path: POLL_PATH, err: error }, 'request failed'),
    }),
  };
}
