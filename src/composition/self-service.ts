import type Router from '@koa/router';
import type { AnnouncePasskeys } from '../accounts/announce-passkeys.ts';
import * as knownBrowsers from '../accounts/known-browsers.ts';
import type { Approvals } from '../approval/approvals.ts';
import type { WakeHub } from '../approval/wake-hub.ts';
import type { Interactions } from '../authorize/interactions.ts';
import type { ProviderMount } from '../authorize/mount.ts';
import { ROUTES } from '../authorize/routes.ts';
import { sessionOfToken } from '../authorize/session-of-token.ts';
import { ACCOUNT_CLIENT_ID } from '../clients/reserved.ts';
import type { DeviceCare } from '../devices/care-routes.ts';
import type { Renderer } from '../http/render.ts';
import { requestInfo } from '../http/request-info.ts';
import type { ParkedLimits } from '../limits/parked.ts';
import { createPasskeyChallenges } from '../passkey/passkey-challenges.ts';
import { passkeyParty } from '../passkey/passkey-party.ts';
import type { PasskeyRules } from '../passkey/verify-new-passkey.ts';
import type { PasswordCheck } from '../password/check-password.ts';
import type { HashPool } from '../password/hash-pool.ts';
import type { SetPasswordRules } from '../password/set-password.ts';
import type { Tell } from '../push/notices.ts';
import { recoveryCodesLeft } from '../recovery/code-records.ts';
import type { OfflineCodesService } from '../recovery/offline-codes.ts';
import { forgetWrongCodes } from '../recovery/use-offline-code.ts';
import { listRemembered } from '../remembered/remembered-list.ts';
import type { Place } from '../risk/place.ts';
import { createAccountGuard } from '../self-service/account-guard-pages.ts';
import { createAccountSessions } from '../self-service/account-session.ts';
import { createAccountSignIn } from '../self-service/account-sign-in.ts';
import { createApproveByPasskeyPages } from '../self-service/approve-by-passkey-pages.ts';
import { createChangePages } from '../self-service/change-pages.ts';
import { createChanges } from '../self-service/changes.ts';
import { createDevicePages } from '../self-service/device-pages.ts';
import { createNewPasskeyPages } from '../self-service/new-passkey-pages.ts';
import { createOfflineCodePages } from '../self-service/offline-code-pages.ts';
import { createOverviewPages } from '../self-service/overview-pages.ts';
import { createOwnPasskeyPages } from '../self-service/own-passkey-pages.ts';
import { createPasskeyOfferPages } from '../self-service/passkey-offer-pages.ts';
import { createPasswordPages } from '../self-service/password-pages.ts';
import { createRecoveryCodePages } from '../self-service/recovery-code-pages.ts';
import { createRememberedPages } from '../self-service/remembered-pages.ts';
import { selfServiceRouter } from '../self-service/self-service-routes.ts';
import type { Services } from '../services.ts';
import { offlineCodeRules } from '../settings.ts';
import { endRemembered } from './remembered.ts';
import { signOutWith } from './sign-out.ts';

/** `/account`, and the passkey that is offered on the way to an app. */
export function composeSelfService(
  services: Services,
  parts: {
    readonly provider: ProviderMount;
    readonly approvals: Approvals;
    readonly hub: WakeHub;
    readonly parked: ParkedLimits;
    readonly render: Renderer;
    readonly placeOf: (address: string) => Place;
    readonly tell: Tell;
    readonly offlineCodes: OfflineCodesService | undefined;
    readonly announce: AnnouncePasskeys;
    readonly care: Pick<DeviceCare, 'activity' | 'standing'>;
    /** Reaches this very server from within. */
    readonly fetch: typeof fetch;
    readonly check: PasswordCheck;
    readonly pool: HashPool;
    readonly passwordRules: SetPasswordRules;
    readonly passkeyRules: PasskeyRules;
    readonly enrolPage: string;
    readonly authenticator: string | null;
    readonly interactions: Interactions;
  },
): { readonly router: Router; readonly offer: ReturnType<typeof createPasskeyOfferPages> } {
  const { config, store, accounts } = services;
  const { provider, placeOf } = parts;
  const { issuer, session } = config;
  const { origin, host } = new URL(issuer);
  const common = { ...services, ...parts, issuer, origin };
  const guard = createAccountGuard({
    ...common,
    sessions: createAccountSessions({ store, accounts, lifeMs: session.life, idleMs: session.idle }),
    signIn: createAccountSignIn({
      issuer,
      endpoints: ROUTES,
      fetch: parts.fetch,
      sessionOf: (token) => sessionOfToken(provider.current(), token),
    }),
  });
  const changes = createChanges({
    store,
    host,
    approvals: parts.approvals,
    isKnown: (sub, browser) => knownBrowsers.isKnown(store, sub, browser),
  });
  const seen = (ctx: { req: Parameters<typeof requestInfo>[0] }) => {
    const { id, address, agent } = requestInfo(ctx.req);
    return {
      address,
      place: placeOf(address),
      browser: agent.browser,
      system: agent.system,
      requestId: id,
    };
  };
  const signOutEverywhere = (account: string) => signOutWith(services, provider.current, account, 'self');
  const { offlineCodes: codes } = parts;
  const offlineCodesFromNew = codes && {
    ...codes,
    turnOn: async (account: string, change: string) => {
      await codes.turnOn(account, change);
      await forgetWrongCodes(services.throttle, offlineCodeRules(config), account);
    },
  };
  const codesLeft = (account: string) => recoveryCodesLeft(store, account);
  const making = {
    ...common,
    guard,
    changes,
    seen,
    challenges: createPasskeyChallenges(store),
    party: passkeyParty(issuer, config.passkeys.relatedOrigins),
    rules: parts.passkeyRules,
    now: Date.now,
  };
  const newPasskey = createNewPasskeyPages(making);
  const remember = async (
    account: string,
    browser: string,
    more: { readonly passkey: true } | { readonly offerAfter: number },
  ) => {
    await knownBrowsers.remember(store, account, browser, session.knownBrowser, more);
  };
  const applying = {
    ...making,
    offlineCodes: offlineCodesFromNew,
    signOutEverywhere,
    forgetBrowsers: (account: string) => knownBrowsers.forgetAll(store, account),
    passkeyMade: (account: string, browser: string) => remember(account, browser, { passkey: true }),
    resendAfterMs: config.challenge.resendAfter,
  };
  const change = createChangePages({ ...applying, newPasskey, holdMs: config.limits.longPoll.hold });
  const offer = createPasskeyOfferPages({
    ...applying,
    accountOf: accounts.get,
    notNow: (account, browser) =>
      remember(account, browser, { offerAfter: Date.now() + config.passkeys.offerAgain }),
  });
  const router = selfServiceRouter({
    guard,
    newPasskey,
    passkey: createOwnPasskeyPages({ ...common, guard, changes, seen }),
    approveByPasskey: createApproveByPasskeyPages({ ...making, apply: change.apply }),
    change,
    overview: createOverviewPages({
      ...common,
      guard,
      ...parts.care,
      knownBrowsers: (account) => knownBrowsers.count(store, account),
      remembered: async (account) => {
        const active = await services.devices.active(account.sub);
        const lifeMs = session.rememberBrowser ?? 0;
        return listRemembered(store, account.sub, { account, devices: active.map(({ id }) => id), lifeMs });
      },
      recoveryCodes: codesLeft,
      hasOfflineCodes: parts.offlineCodes !== undefined,
      passkeyAhead: async (account) => {
        const due = await parts.announce.due(account);
        const names = due?.clients.map(async (id) => (await services.clients.find(id))?.name ?? id) ?? [];
        return due && { from: due.from, apps: await Promise.all(names) };
      },
      signOutEverywhere,
      endSession: `${ROUTES.end_session}?client_id=${ACCOUNT_CLIENT_ID}`,
    }),
    remembered: createRememberedPages({
      forget: (account, id) => endRemembered(services, account, 'self', 'on their own pages', id),
    }),
    device: createDevicePages({ ...common, guard, changes, seen }),
    password: createPasswordPages({ ...common, guard, changes, seen }),
    recoveryCodes: createRecoveryCodePages({ ...common, guard, changes, seen, codesLeft }),
    offlineCode: createOfflineCodePages({ ...common, guard, changes, seen }),
  });
  return { router, offer };
}
