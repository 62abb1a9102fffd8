import type { Accounts } from '../accounts/accounts.ts';
import type { Audit } from '../audit/audit.ts';
import { approveEnrolment } from '../devices/approved-enrolment.ts';
import { DeviceError } from '../devices/device-error.ts';
import type { Devices } from '../devices/devices.ts';
import { ENROLMENT_LIFE_MS, type Enrolments } from '../devices/enrolments.ts';
import { type Passkey, passkeyRef } from '../passkey/passkey.ts';
import type { Passkeys } from '../passkey/passkeys.ts';
import { fingerprint } from '../protocol/fingerprint.ts';
import type { Tell } from '../push/notices.ts';
import { makeRecoveryCodes } from '../recovery/code-records.ts';
import { RECOVERY_CODES } from '../recovery/recovery-codes.ts';
import type { Store } from '../store/port.ts';
import type { Approver, Change } from './change.ts';
import type { Changes } from './changes.ts';

export interface ApplyDependencies {
  readonly store: Store;
  readonly devices: Devices;
  readonly enrolments: Enrolments;
  readonly passkeys: Passkeys;
  /** The browser has made, or used, a passkey of the account: it comes first there from now on. */
  readonly passkeyMade: (account: string, browser: string) => Promise<void>;
  readonly accounts: Pick<Accounts, 'replacePassword'>;
  /** @returns how many sessions ended. */
  readonly signOutEverywhere: (account: string) => Promise<number>;
  /** No browser is known to the account any more. */
  readonly forgetBrowsers: (account: string) => Promise<void>;
  readonly audit: Audit;
  /** Codes without network; absent while the configuration has none. */
  readonly offlineCodes:
    | {
        turnOn(account: string, change: string): Promise<void>;
        turnOff(account: string, generation: string): Promise<boolean>;
      }
    | undefined;
  readonly changes: Pick<Changes, 'tellOnce'>;
  /** Tells every device of the account but these. */
  readonly tell: Tell;
}

/** `done`: the device or passkey it was about, the new password, or recovery codes (none where this change made them before). */
export type Applied =
  | { readonly done: { readonly name: string } | 'password' | 'offline-code' }
  | { readonly done: 'recovery-codes'; readonly codes: readonly string[] | undefined }
  | { readonly not: NotDone };

/** It came too late, was turned down meanwhile, or the account's devices or passkeys would not have it. */
export type NotDone = 'expired' | 'cancelled' | 'gone' | 'full';

/**
 * Does what an old device, or a passkey, has approved. Doing it twice is doing it once; one of them writes it down and tells the others.
 *
 * @param by who approved; a device has to be there still when the change is written.
 */
export async function applyChange(deps: ApplyDependencies, change: Change, by: Approver): Promise<Applied> {
  try {
    switch (change.act.kind) {
      case 'add-device':
        return await addDevice(deps, change, change.act, by);
      case 'remove-device':
        return await removeDevice(deps, change, change.act.device, by);
      case 'add-passkey':
        return await addPasskey(deps, change, change.act.passkey, by);
      case 'remove-passkey':
        return await removePasskey(deps, change, change.act.passkey, by);
      case 'password':
        return await changePassword(deps, change, change.act, by);
      case 'recovery-codes':
        return await makeCodes(deps, change, by);
      case 'offline-code-on':
        return await switchOfflineCodes(deps, change, by, (codes) => codes.turnOn(change.account, change.id));
      case 'offline-code-off': {
        const { generation } = change.act;
        return await switchOfflineCodes(deps, change, by, (codes) =>
          codes.turnOff(change.account, generation),
        );
      }
    }
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    return { not: error.code === 'too_many_devices' ? 'full' : 'gone' };
  }
}

async function addDevice(
  deps: ApplyDependencies,
  change: Change,
  act: { readonly enrolment: string; readonly thumbprint?: string },
  by: Approver,
): Promise<Applied> {
  const { store, devices, enrolments } = deps;
  const { account } = change;
  const { enrolment, thumbprint = '' } = act;
  const approval = { account, thumbprint, by: by.kind === 'device' ? by.id : null };
  await approveEnrolment(store, enrolment, approval, ENROLMENT_LIFE_MS);
  const outcome = await enrolments.confirm(account, enrolment, thumbprint);
  if (outcome !== 'bound') return { not: outcome === 'expired' ? 'expired' : 'cancelled' };
  const device = (await devices.active(account)).find((one) => one.thumbprint === thumbprint);
  if (!device) return { not: 'gone' };
  if (await deps.changes.tellOnce(change)) {
    const { id, name, kind } = device;
    const print = fingerprint(thumbprint);
    const on = { account, enrolment, device: id, name, kind, fingerprint: print, approvedBy: by.id };
    deps.audit.record({ type: 'device.confirmed', ...on });
    deps.tell(account, { notice: 'device-added', device: name }, [id, by.id]);
  }
  return { done: device };
}

async function removeDevice(
  deps: ApplyDependencies,
  change: Change,
  id: string,
  by: Approver,
): Promise<Applied> {
  const { devices, audit } = deps;
  const { account } = change;
  try {
    await devices.revoke(account, id, by.kind === 'device' ? { approvedBy: by.id } : {});
  } catch (error) {
    if (!(error instanceof DeviceError) || error.code !== 'not_found') throw error;
  }
  const device = (await devices.list(account)).find((one) => one.id === id);
  if (device?.state !== 'revoked') return { not: 'gone' };
  if (await deps.changes.tellOnce(change)) {
    const reason = 'removed by its owner on their own pages';
    audit.record({ type: 'device.revoked', account, device: id, by: 'self', reason, approvedBy: by.id });
    deps.tell(account, { notice: 'device-removed', device: device.name }, [id, by.id]);
  }
  return { done: device };
}

async function addPasskey(
  deps: ApplyDependencies,
  change: Change,
  passkey: Passkey | undefined,
  by: Approver,
): Promise<Applied> {
  const { account } = change;
  if (!passkey || !(await isThere(deps, account, by))) return { not: 'gone' };
  // Once: sent again after its removal, it must not come back.
  if (change.told) return (await isKept(deps, account, passkey)) ? { done: passkey } : { not: 'gone' };
  const refused = await deps.passkeys.add(account, passkey);
  if (refused) return { not: refused === 'full' ? 'full' : 'gone' };
  if (await deps.changes.tellOnce(change)) {
    const { id, name, aaguid: authenticator, backupEligible: synced, attested } = passkey;
    const on = { account, passkey: passkeyRef(id), name, authenticator, synced, attested };
    deps.audit.record({ type: 'passkey.added', ...on, approvedBy: by.id });
    deps.tell(account, { notice: 'passkey-added', device: name }, [by.id]);
    await deps.passkeyMade(account, change.browser);
  }
  return { done: passkey };
}

async function removePasskey(
  deps: ApplyDependencies,
  change: Change,
  id: string,
  by: Approver,
): Promise<Applied> {
  const { account } = change;
  if (!(await isThere(deps, account, by))) return { not: 'gone' };
  const name = change.words?.name ?? '';
  await deps.passkeys.remove(account, id);
  if (await deps.changes.tellOnce(change)) {
    const on = { account, passkey: passkeyRef(id), name, by: 'self' as const, approvedBy: by.id };
    deps.audit.record({ type: 'passkey.removed', ...on });
    deps.tell(account, { notice: 'passkey-removed', device: name }, [by.id]);
  }
  return { done: { name } };
}

/** Who approved may have been removed between that and this (R23). */
async function isThere({ devices, passkeys }: ApplyDependencies, account: string, by: Approver) {
  return by.kind === 'device'
    ? (await devices.active(account)).some(({ id }) => id === by.id)
    : (await passkeys.list(account)).some(({ id }) => passkeyRef(id) === by.id);
}

const isKept = async ({ passkeys }: ApplyDependencies, account: string, { id }: Passkey) =>
  (await passkeys.list(account)).some((one) => one.id === id);

/** They are shown in the answer to this very request and nowhere again. */
async function makeCodes(
  { store, audit, ...deps }: ApplyDependencies,
  change: Change,
  by: Approver,
): Promise<Applied> {
  const { account } = change;
  // Once: sent again after others were approved and made, it must not take their place.
  const codes = change.told ? undefined : await makeRecoveryCodes(store, account, change.id);
  if (await deps.changes.tellOnce(change)) {
    const count = codes?.length ?? RECOVERY_CODES;
    audit.record({ type: 'recovery.codes_made', account, count, approvedBy: by.id });
    deps.tell(account, { notice: 'recovery-codes-made' }, [by.id]);
  }
  return { done: 'recovery-codes', codes };
}

/** Once: an approved change that is sent again later must not undo what was approved after it. */
async function switchOfflineCodes(
  deps: ApplyDependencies,
  change: Change,
  by: Approver,
  work: (codes: NonNullable<ApplyDependencies['offlineCodes']>) => Promise<unknown>,
): Promise<Applied> {
  const { account } = change;
  if (!deps.offlineCodes) return { not: 'gone' };
  if (change.told) return { done: 'offline-code' };
  await work(deps.offlineCodes);
  if (await deps.changes.tellOnce(change)) {
    const on = change.act.kind === 'offline-code-on';
    const type = on ? 'offline_code.turned_on' : 'offline_code.turned_off';
    deps.audit.record({ type, account, approvedBy: by.id });
    deps.tell(account, { notice: on ? 'offline-code-on' : 'offline-code-off' }, [by.id]);
  }
  return { done: 'offline-code' };
}

/**
 * Whoever had the old password may have signed in with it: everything ends, the session that asked too, and no browser
 * is known any more, or theirs would go on using up what is kept for the owner's.
 */
async function changePassword(
  deps: ApplyDependencies,
  change: Change,
  { hash, changedAt }: { readonly hash: string; readonly changedAt: number | null },
  by: Approver,
): Promise<Applied> {
  const { account } = change;
  const written = await deps.accounts.replacePassword(account, changedAt, hash);
  if (written?.passwordHash !== hash) return { not: 'gone' };
  if (await deps.changes.tellOnce(change)) {
    deps.audit.record({ type: 'account.password_changed', account, by: 'self' });
    deps.tell(account, { notice: 'password-changed' }, [by.id]);
  }
  // First of all, since the page that could do this again is signed out by the next line.
  await deps.forgetBrowsers(account);
  await deps.signOutEverywhere(account);
  return { done: 'password' };
}
