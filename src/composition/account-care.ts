import { type Activity, recentActivity } from '../accounts/activity.ts';
import * as knownBrowsers from '../accounts/known-browsers.ts';
import { pausedUntil } from '../accounts/paused.ts';
import { resumeFromDevice, secureAccount } from '../accounts/secure-account.ts';
import type { Approvals } from '../approval/approvals.ts';
import type { ProviderMount } from '../authorize/mount.ts';
import type { DeviceCare } from '../devices/care-routes.ts';
import type { Tell } from '../push/notices.ts';
import type { Place } from '../risk/place.ts';
import type { Services } from '../services.ts';
import { signOutWith } from './sign-out.ts';

/** What people can see and do of their account's safety, for their devices and their own pages. */
export function composeAccountCare(
  services: Services,
  parts: {
    readonly provider: ProviderMount;
    readonly approvals: Approvals;
    readonly placeOf: (address: string) => Place;
    readonly tell: Tell;
  },
): DeviceCare {
  const { config, store, clients, devices, audit } = services;
  const activity = {
    audit,
    devices,
    clientName: async (id: string) => (await clients.find(id))?.name ?? id,
    placeOf: (address: string) => parts.placeOf(address).label,
    now: Date.now,
  };
  const securing = {
    store,
    audit,
    forgetBrowsers: (account: string) => knownBrowsers.forgetAll(store, account),
    closeOpen: parts.approvals.closeOpen,
    signOutEverywhere: (account: string) => signOutWith(services, parts.provider.current, account, 'device'),
    tell: parts.tell,
    pauseMs: config.limits.push.pauseAfterSecure,
  };
  return {
    secure: (account, device) => secureAccount(securing, account, device),
    resume: (account, device) => resumeFromDevice(securing, account, device),
    activity: (account, limit): Promise<readonly Activity[]> => recentActivity(activity, account, limit),
    pausedUntil: (account) => pausedUntil(store, account),
  };
}
