import type { AccountGuard } from '../approval/account-guard.ts';
import type { Audit } from '../audit/audit.ts';
import type { Device } from '../devices/device.ts';
import type { Tell } from '../push/notices.ts';

export interface SecureDependencies {
  readonly guard: Pick<AccountGuard, 'secure' | 'lift'>;
  readonly audit: Audit;
  /** No browser is known to the account any more. */
  readonly forgetBrowsers: (account: string) => Promise<void>;
  /** Ends every request that is open. */
  readonly closeOpen: (account: string) => Promise<void>;
  /** @returns how many sessions ended. */
  readonly signOutEverywhere: (account: string) => Promise<number>;
  readonly tell: Tell;
  /** How long browsers are kept away. */
  readonly pauseMs: number;
}

export interface Secured {
  readonly sessions: number;
  /** Epoch ms. */
  readonly until: number;
}

/**
 * "Secure my account", from a device alone: requests stop first, then everything that is signed in ends. Every browser
 * is a stranger's from now on: an approval by mistake may have made the attacker's one known, and it would keep the
 * place that is kept for the owner's. The owner has the device, which opens the door again. Each step can be done
 * again, so a call that failed half-way is simply repeated.
 */
export async function secureAccount(
  deps: SecureDependencies,
  account: string,
  device: Device,
): Promise<Secured> {
  const until = await deps.guard.secure(account, deps.pauseMs);
  await deps.forgetBrowsers(account);
  await deps.closeOpen(account);
  const sessions = await deps.signOutEverywhere(account);
  const seconds = Math.floor(until / 1000);
  deps.audit.record({ type: 'account.secured', account, device: device.id, sessions, until: seconds });
  deps.tell(account, { notice: 'secured', device: device.name }, [device.id]);
  return { sessions, until };
}

/** The device lets browsers ask again, after that or after a report. */
export async function resumeFromDevice(
  { guard, audit }: Pick<SecureDependencies, 'guard' | 'audit'>,
  account: string,
  device: Device,
): Promise<void> {
  if (await guard.lift(account, 'device'))
    audit.record({ type: 'account.resumed', account, by: 'device', device: device.id });
}
