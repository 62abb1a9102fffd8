import { type Activity, recentActivity } from '../accounts/activity.ts';
import { afterReport } from '../accounts/after-report.ts';
import * as knownBrowsers from '../accounts/known-browsers.ts';
import { resumeFromDevice, secureAccount } from '../accounts/secure-account.ts';
import type { Approvals } from '../approval/approvals.ts';
import type { Challenge } from '../approval/challenge.ts';
import type { ProviderMount } from '../authorize/mount.ts';
import type { DeviceCare } from '../devices/care-routes.ts';
import type { Device } from '../devices/device.ts';
import { noticesFor } from '../push/notice-log.ts';
import type { Tell } from '../push/notices.ts';
import type { Place } from '../risk/place.ts';
import type { Services } from '../services.ts';
import { endRemembered } from './remembered.ts';
import { signOutWith } from './sign-out.ts';

/** What devices may do for their account, and what a report of one means for it. */
export interface AccountCare extends DeviceCare {
  reported(challenge: Challenge, device: Device): Promise<void>;
}

/** What people can see and do of their account's safety, for their devices and their own pages. */
export function composeAccountCare(
  services: Services,
  parts: {
    readonly provider: ProviderMount;
    readonly approvals: Approvals;
    readonly placeOf: (address: string) => Place;
    readonly tell: Tell;
  },
): AccountCare {
  const { config, store, accounts, clients, devices, guard, audit } = services;
  const activity = {
    audit,
    devices,
    clientName: async (id: string) => (await clients.find(id))?.name ?? id,
    placeOf: (address: string) => parts.placeOf(address).label,
    now: Date.now,
  };
  const securing = {
    guard,
    audit,
    forgetBrowsers: (account: string) => knownBrowsers.forgetAll(store, account),
    closeOpen: parts.approvals.closeOpen,
    signOutEverywhere: (account: string) => signOutWith(services, parts.provider.current, account, 'device'),
    tell: parts.tell,
    pauseMs: config.limits.push.pauseAfterSecure,
  };
  const reporting = {
    audit,
    tell: parts.tell,
    signOutEverywhere: securing.signOutEverywhere,
    requireNewPassword: accounts.requireNewPassword,
    forgetBrowser: (account: string, browser: string) => knownBrowsers.forget(store, account, browser),
    blockMs: config.limits.report.block,
    signOut: config.limits.report.signOut,
  };
  return {
    secure: (account, device) => secureAccount(securing, account, device),
    resume: (account, device) => resumeFromDevice(securing, account, device),
    activity: (account, limit): Promise<readonly Activity[]> => recentActivity(activity, account, limit),
    notices: (account, device, after) => noticesFor(store, account, device, after),
    standing: guard.standing,
    async reported(challenge, device) {
      await endRemembered(services, challenge.account, 'device', 'a sign-in was reported');
      await afterReport(reporting, challenge, device);
    },
  };
}
