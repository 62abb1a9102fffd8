import type { Context } from 'koa';
import type { Account } from '../accounts/account.ts';
import type { Activity } from '../accounts/activity.ts';
import type { Standing } from '../approval/account-guard.ts';
import type { Device } from '../devices/device.ts';
import type { OwnDevice } from '../http/models/own-pages.ts';
import type { Renderer } from '../http/render.ts';
import { showPage } from '../http/show.ts';
import { moment } from '../http/words.ts';
import { type Passkey, passkeyRef } from '../passkey/passkey.ts';
import { fingerprint } from '../protocol/fingerprint.ts';
import type { CodesLeft } from '../recovery/code-records.ts';
import type { RememberedBrowser } from '../remembered/remembered-browser.ts';
import { ACCOUNT_PATH } from './account-client.ts';
import type { AccountGuard } from './account-guard-pages.ts';
import type { SignedIn } from './account-session.ts';
import { activityDetail, activityWords } from './activity-words.ts';
import { ownPasskey } from './own-passkey-pages.ts';
import { BROWSER_FIELD } from './remembered-pages.ts';

export interface OverviewDependencies {
  readonly guard: AccountGuard;
  readonly render: Renderer;
  readonly devices: { active(account: string): Promise<readonly Device[]> };
  readonly passkeys: { list(account: string): Promise<readonly Passkey[]> };
  readonly activity: (account: string, limit: number) => Promise<readonly Activity[]>;
  readonly knownBrowsers: (account: string) => Promise<number>;
  /** Last used first. */
  readonly remembered: (account: Account) => Promise<readonly RememberedBrowser[]>;
  /** What is closed to browsers now. */
  readonly standing: (account: string) => Promise<Standing>;
  readonly recoveryCodes: (account: string) => Promise<CodesLeft | undefined>;
  readonly hasOfflineCodes: boolean;
  readonly passkeyAhead: (
    account: Account,
  ) => Promise<{ readonly from: number; readonly apps: readonly string[] } | undefined>;
  /** @returns how many sessions ended. */
  readonly signOutEverywhere: (account: string) => Promise<number>;
  /** The provider's own sign-out page. */
  readonly endSession: string;
}

const ACTIVITY_SHOWN = 20;

const KINDS: Readonly<Record<Device['kind'], string>> = {
  web: 'Web authenticator',
  terminal: 'Terminal',
  native: 'App',
};

/** The random half of a device's id: the account is the one signed in. */
export const deviceRef = ({ id }: Device): string => id.slice(id.lastIndexOf('.') + 1);

export function ownDevice(device: Device): OwnDevice {
  return {
    name: device.name,
    kind: KINDS[device.kind],
    fingerprint: fingerprint(device.thumbprint),
    enrolled: moment(device.enrolledAt),
    seen: moment(device.lastSeenAt),
  };
}

/** The overview, and the two ways out. */
export function createOverviewPages(deps: OverviewDependencies) {
  const { guard, render } = deps;

  async function show(ctx: Context, who: SignedIn): Promise<void> {
    const { sub, userName } = who.account;
    const [devices, passkeys, activity, knownBrowsers, remembered, standing, recovery, ahead] =
      await Promise.all([
        deps.devices.active(sub),
        deps.passkeys.list(sub),
        deps.activity(sub, ACTIVITY_SHOWN),
        deps.knownBrowsers(sub),
        deps.remembered(who.account),
        deps.standing(sub),
        deps.recoveryCodes(sub),
        deps.passkeyAhead(who.account),
      ]);
    const { pausedUntil, reportedAt } = standing;
    showPage(ctx, render, 'account', {
      account: userName,
      devices: devices.map((device) => ({
        ...ownDevice(device),
        href: `${ACCOUNT_PATH}/devices/${deviceRef(device)}`,
      })),
      add: guard.form(who, '/add-device'),
      passkeys: passkeys.map((passkey) => ({
        ...ownPasskey(passkey),
        href: `${ACCOUNT_PATH}/passkeys/${passkeyRef(passkey.id)}`,
      })),
      addPasskey: guard.form(who, '/add-passkey'),
      activity: activity.map((one) => {
        const detail = activityDetail(one);
        return { at: moment(one.at), words: activityWords(one), ...(detail === undefined ? {} : { detail }) };
      }),
      knownBrowsers,
      ...(remembered.length === 0 ? {} : { remembered: rememberedModel(who, remembered) }),
      ...(pausedUntil === undefined ? {} : { pausedUntil: moment(pausedUntil) }),
      ...(reportedAt === undefined ? {} : { reportedAt: moment(reportedAt) }),
      ...(ahead ? { passkeyFrom: { at: moment(ahead.from), apps: ahead.apps } } : {}),
      password: `${ACCOUNT_PATH}/password`,
      recovery: { href: `${ACCOUNT_PATH}/recovery-codes`, left: recovery?.left ?? 0 },
      ...(deps.hasOfflineCodes ? { offlineCode: `${ACCOUNT_PATH}/offline-code` } : {}),
      everywhere: `${ACCOUNT_PATH}/everywhere`,
      signOut: guard.form(who, '/sign-out'),
    });
  }

  function rememberedModel(who: SignedIn, remembered: readonly RememberedBrowser[]) {
    const forget = (id: string) => guard.form(who, '/browsers/forget', { [BROWSER_FIELD]: id });
    return {
      browsers: remembered.map(({ id, seen, usedAt, expiresAt, browser }) => ({
        words: `${seen.browser} on ${seen.system}`,
        place: seen.place,
        used: moment(usedAt),
        until: moment(expiresAt),
        here: browser === who.browser,
        forget: forget(id),
      })),
      forgetAll: forget('all'),
    };
  }

  function askEverywhere(ctx: Context, who: SignedIn): void {
    showPage(ctx, render, 'account-everywhere', { form: guard.form(who, '/everywhere'), back: ACCOUNT_PATH });
  }

  async function everywhere(ctx: Context, who: SignedIn): Promise<void> {
    await deps.signOutEverywhere(who.account.sub);
    await guard.leave(ctx);
    showPage(ctx, render, 'account-said', {
      seal: 'tick',
      title: 'You are signed out everywhere',
      text: 'Every browser and app asks for your password and your device again.',
      steps: [{ label: 'Sign in again', href: ACCOUNT_PATH }],
    });
  }

  /** Of these pages, and then of the provider, which asks once more. */
  async function signOut(ctx: Context): Promise<void> {
    await guard.leave(ctx);
    ctx.status = 303;
    ctx.redirect(deps.endSession);
  }

  return { show, askEverywhere, everywhere, signOut };
}
