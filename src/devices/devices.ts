import { accountOfDevice } from '../protocol/device-id.ts';
import { keys } from '../store/keys.ts';
import type { Store } from '../store/port.ts';
import { update } from '../store/update.ts';
import { type ApprovalCredential, type AssertionNews, counterWentUp } from './approval-credential.ts';
import type { Device, DeviceList, PushSubscriptionRecord } from './device.ts';
import { DeviceError } from './device-error.ts';

/** Active devices of one account. */
export const MAX_DEVICES = 20;
/** Revoked ones are kept for the person's own list; the oldest go. */
const MAX_REVOKED = 20;
const TOUCH_MS = 60 * 60_000;

export interface Devices {
  /** Every device of the account that may answer. */
  active(account: string): Promise<readonly Device[]>;
  /** With the revoked ones. */
  list(account: string): Promise<readonly Device[]>;
  /** In whatever state; the id names the account. */
  find(id: string): Promise<Device | undefined>;
  /**
   * Stores a confirmed device; doing it twice is doing it once.
   *
   * @param options.replace revokes every other device of the account in the same write.
   * @param options.approvedBy a device that has to be there still, in the same write (R23).
   * @throws DeviceError `key_in_use` (R22), `too_many_devices`, `wrong_device` when the approving one is gone.
   */
  add(device: Device, options?: { replace?: boolean; approvedBy?: string | undefined }): Promise<void>;
  /**
   * Another person's device is not found (R29). Its key stays reserved: a revoked key never comes back.
   *
   * @param options.approvedBy a device that has to be there still, in the same write: two devices that approve each
   *   other's removal at once leave one (R23).
   * @throws DeviceError `not_found`.
   */
  revoke(account: string, id: string, options?: { approvedBy?: string }): Promise<Device>;
  /** @throws DeviceError `not_found`. */
  rename(account: string, id: string, name: string): Promise<Device>;
  /** `null` when the push service said it is gone. @throws DeviceError `not_found`. */
  updateSubscription(
    account: string,
    id: string,
    subscription: PushSubscriptionRecord | null,
  ): Promise<Device>;
  /**
   * Once: a second credential would be a change of factors.
   *
   * @throws DeviceError `not_found`, `credential_exists`.
   */
  addCredential(account: string, id: string, credential: ApprovalCredential): Promise<Device>;
  /**
   * Notes what an assertion says anew about the device's credential. Writes nothing when nothing is new.
   *
   * @returns `false` when its counter did not go up by now: two assertions with one number, of which one has it.
   */
  noteAssertion(device: Device, news: AssertionNews): Promise<boolean>;
  /** Notes that the device was seen, at most once an hour. */
  touch(device: Device): Promise<void>;
}

/** The topic woken when an account's devices or open requests change. */
export const accountTopic = (account: string) => `account/${account}`;

export function createDevices(store: Store, now: () => number = Date.now): Devices {
  async function list(account: string): Promise<readonly Device[]> {
    const found = await store.get<DeviceList>(keys.devices(account));
    return found && !found.dead ? found.value.devices : [];
  }

  /** One active device changed in one compare-and-set; which device it is, is decided inside it. */
  async function change(
    account: string,
    id: string,
    edit: (device: Device) => Device,
    approvedBy?: string,
  ): Promise<Device> {
    const written = await update<DeviceList>(store, keys.devices(account), (current) => {
      const devices = current?.value.devices ?? [];
      const isActive = (wanted: string) => devices.some((d) => d.id === wanted && d.state === 'active');
      if (!isActive(id) || (approvedBy !== undefined && !isActive(approvedBy))) return undefined;
      const edited = devices.map((d) => (d.id === id ? edit(d) : d));
      return { value: { v: 1, devices: edited }, ttlMs: null, wake: accountTopic(account) };
    });
    const device = written?.value.devices.find((d) => d.id === id);
    if (!device) throw new DeviceError('not_found');
    return device;
  }

  return {
    list,
    active: async (account) => (await list(account)).filter((d) => d.state === 'active'),
    find: async (id) => (await list(accountOfDevice(id))).find((d) => d.id === id),
    async add(device, options = {}) {
      const account = accountOfDevice(device.id);
      await reserveKey(store, device.thumbprint, { account, device: device.id });
      let full = false;
      let orphaned = false;
      await update<DeviceList>(store, keys.devices(account), (current) => {
        const devices = current?.value.devices ?? [];
        full = false;
        orphaned = false;
        if (devices.some((d) => d.id === device.id)) return undefined;
        orphaned =
          options.approvedBy !== undefined &&
          !devices.some((d) => d.id === options.approvedBy && d.state === 'active');
        if (orphaned) return undefined;
        const others = options.replace ? devices.map(revoked) : devices;
        full = others.filter((d) => d.state === 'active').length >= MAX_DEVICES;
        if (full) return undefined;
        return {
          value: { v: 1, devices: pruned([...others, device]) },
          ttlMs: null,
          wake: accountTopic(account),
        };
      });
      if (full || orphaned) {
        await store.delete(keys.deviceKey(device.thumbprint));
        throw new DeviceError(full ? 'too_many_devices' : 'wrong_device');
      }
    },
    revoke: (account, id, { approvedBy } = {}) => change(account, id, revoked, approvedBy),
    rename: (account, id, name) => change(account, id, (d) => ({ ...d, name })),
    updateSubscription: (account, id, subscription) => change(account, id, (d) => ({ ...d, subscription })),
    async addCredential(account, id, credential) {
      const device = await change(account, id, (d) => (d.credential ? d : { ...d, credential }));
      if (device.credential?.id !== credential.id) throw new DeviceError('credential_exists');
      return device;
    },
    async noteAssertion(device, news) {
      const known = device.credential;
      if (known?.counter === news.counter && known.backedUp === news.backedUp) return true;
      let taken = false;
      await update<DeviceList>(store, keys.devices(accountOfDevice(device.id)), (current) => {
        const credential = current?.value.devices.find((d) => d.id === device.id)?.credential;
        taken = credential !== undefined && counterWentUp(credential.counter, news.counter);
        if (!current || !credential || !taken) return undefined;
        const devices = current.value.devices.map((d) =>
          d.id === device.id ? { ...d, credential: { ...credential, ...news } } : d,
        );
        return { value: { v: 1, devices } };
      });
      return taken;
    },
    async touch(device) {
      const at = now();
      if (at - device.lastSeenAt < TOUCH_MS) return;
      await update<DeviceList>(store, keys.devices(accountOfDevice(device.id)), (current) => {
        const stored = current?.value.devices.find((d) => d.id === device.id);
        if (!current || !stored || at - stored.lastSeenAt < TOUCH_MS) return undefined;
        const devices = current.value.devices.map((d) => (d.id === device.id ? { ...d, lastSeenAt: at } : d));
        return { value: { v: 1, devices } };
      });
    },
  };
}

function revoked(device: Device): Device {
  return { ...device, state: 'revoked', subscription: null };
}

function pruned(devices: readonly Device[]): readonly Device[] {
  let surplus = devices.filter((d) => d.state === 'revoked').length - MAX_REVOKED;
  return devices.filter((d) => d.state === 'active' || surplus-- <= 0);
}

/** A key belongs to one device of one account, for ever (R22). */
async function reserveKey(
  store: Store,
  thumbprint: string,
  owner: { account: string; device: string },
): Promise<void> {
  const key = keys.deviceKey(thumbprint);
  if (await store.put(key, owner, { if: 'absent', ttlMs: null })) return;
  const found = await store.get<{ device: string }>(key);
  if (!found || found.dead || found.value.device !== owner.device) throw new DeviceError('key_in_use');
}
