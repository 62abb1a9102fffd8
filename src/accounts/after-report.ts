import type { Challenge } from '../approval/challenge.ts';
import type { Audit } from '../audit/audit.ts';
import type { Device } from '../devices/device.ts';
import type { Tell } from '../push/notices.ts';

export interface ReportDependencies {
  /** The password is good for one more sign-in with a device's word, and then has to be another. */
  readonly requireNewPassword: (account: string, given: number) => Promise<unknown>;
  readonly forgetBrowser: (account: string, browser: string) => Promise<void>;
  /** @returns how many sessions ended. */
  readonly signOutEverywhere: (account: string) => Promise<number>;
  readonly tell: Tell;
  readonly audit: Audit;
  /** How long whoever asked stays blocked, ms. */
  readonly blockMs: number;
  /** Policy: every report signs out everywhere. */
  readonly signOut: boolean;
}

/**
 * "This wasn't me", on a device, once the door is closed: somebody has the password, so it has to be another. Whoever asks
 * for a step-up or a change has a session already, and it is not its owner's: then everything is signed out, whatever the
 * policy says. All of it can be done again.
 */
export async function afterReport(
  deps: ReportDependencies,
  challenge: Challenge,
  device: Device,
): Promise<void> {
  const { account, browser, known, purpose, chain, client, context, answer } = challenge;
  await deps.requireNewPassword(account, Math.floor(challenge.createdAt / 1000));
  // Of a device code the browser may be its owner's: somebody made them type the code.
  if (known && purpose !== 'device-code') await deps.forgetBrowser(account, browser);
  const inside = purpose === 'step-up' || purpose === 'factor-change';
  const sessions = deps.signOut || inside ? await deps.signOutEverywhere(account) : 0;
  const blockedUntil = Math.floor(((answer?.at ?? challenge.createdAt) + deps.blockMs) / 1000);
  const about = { account, chain, device: device.id, client: client.id, address: context.address, known };
  deps.audit.record({ type: 'account.reported', ...about, blockedUntil, sessions });
  deps.tell(account, { notice: 'reported', device: device.name }, [device.id]);
}
