import type { Audit } from '../audit/audit.ts';
import type { Device } from '../devices/device.ts';
import type { Tell } from '../push/notices.ts';
import type { Store } from '../store/port.ts';
import { pause, resume } from './paused.ts';

export interface SecureDependencies {
  readonly store: Store;
  readonly audit: Audit;
  /** Ends what browsers the account does not know have open. */
  readonly closeUnknown: (account: string) => Promise<void>;
  /** @returns how many sessions ended. */
  readonly signOutEverywhere: (account: string) => Promise<number>;
  readonly tell: Tell;
  /** How long unknown browsers are kept away. */
  readonly pauseMs: number;
}

export interface Secured {
  readonly sessions: number;
  /** Epoch ms. */
  readonly until: number;
}

/**
 * "Secure my account", from a device alone: the requests of strangers stop first, then everything that is signed in
 * ends. Each step can be done again, so a call that failed half-way is simply repeated.
 */
export async function secureAccount(
  deps: SecureDependencies,
  account: string,
  device: Device,
): Promise<Secured> {
  const until = await pause(deps.store, account, deps.pauseMs);
  await deps.closeUnknown(account);
  const sessions = await deps.signOutEverywhere(account);
  const seconds = Math.floor(until / 1000);
  deps.audit.record({ type: 'account.secured', account, device: device.id, sessions, until: seconds });
  deps.tell(account, { notice: 'secured', device: device.name }, [device.id]);
  return { sessions, until };
}

/** The device lets strangers ask again. */
export async function resumeFromDevice(
  { store, audit }: Pick<SecureDependencies, 'store' | 'audit'>,
  account: string,
  device: Device,
): Promise<void> {
  if (await resume(store, account))
    audit.record({ type: 'account.resumed', account, by: 'device', device: device.id });
}
