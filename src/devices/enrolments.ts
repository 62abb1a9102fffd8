import { randomBytes } from 'node:crypto';
import { encodeCrockford } from '../protocol/crockford.ts';
import { accountOfDevice, enrolmentOfDevice } from '../protocol/device-id.ts';
import { thumbprintOf } from '../protocol/device-key.ts';
import { CODE_CHARACTERS } from '../protocol/enrolment.ts';
import { keys } from '../store/keys.ts';
import type { Store } from '../store/port.ts';
import { update } from '../store/update.ts';
import type { ApprovalCredential } from './approval-credential.ts';
import type { Device, PushSubscriptionRecord } from './device.ts';
import { DeviceError } from './device-error.ts';
import { type Devices, MAX_DEVICES } from './devices.ts';
import {
  addCredential,
  type CredentialRefusal,
  cancel,
  claim,
  confirm,
  type Enrolment,
  type Moved,
} from './enrolment.ts';
import { createTickets } from './enrolment-tickets.ts';
import type { VerifiedEnrolment } from './verify-enrolment.ts';

/** Life of a link and code. */
export const ENROLMENT_LIFE_MS = 10 * 60_000;
/** The record outlives the link, so that page and device hear "expired" instead of nothing. */
const KEEP_MS = 2 * ENROLMENT_LIFE_MS;

export interface EnrolmentsOptions {
  readonly store: Store;
  readonly devices: Devices;
  /** Reads a user name as the sign-in page does; `undefined` = nobody. */
  readonly accountByName: (userName: string) => Promise<{ readonly sub: string } | undefined>;
  /** Throws when the push subscription is not acceptable. */
  readonly parseSubscription: (input: unknown) => PushSubscriptionRecord;
  /** The old device that approved this very change, `null` for a passkey; asked only for `approval: 'old-device'`. Default: none. */
  readonly approvedBy?: (enrolment: Enrolment) => Promise<string | null | undefined>;
  readonly now?: () => number;
}

export interface OpenOptions {
  readonly account: string;
  readonly userName: string;
  /** `none` for a first device, an admin's link or a recovery; else `old-device`. */
  readonly approval: 'none' | 'old-device';
  readonly replace?: boolean;
}

export type ConfirmOutcome =
  | 'bound'
  | 'approval-needed'
  | 'unclaimed'
  | 'other-device'
  | 'expired'
  | 'cancelled';

export interface Enrolments {
  /** Makes a link and a code for one device, good once and for 10 minutes. */
  open(options: OpenOptions): Promise<Enrolment>;
  /** For the page: `undefined` when there is none or it is another account's. */
  find(account: string, id: string): Promise<Enrolment | undefined>;
  /** The device's POST: exactly one of any number of racing devices gets it (R26). @throws DeviceError */
  claim(verified: VerifiedEnrolment): Promise<Enrolment>;
  /**
   * The page that showed link and code confirms the device by the thumbprint it displayed (R27).
   *
   * @throws DeviceError `not_found`, `key_in_use`, `too_many_devices`.
   */
  confirm(account: string, id: string, thumbprint: string): Promise<ConfirmOutcome>;
  /** `false` when it is bound already. @throws DeviceError `not_found`. */
  cancel(account: string, id: string): Promise<boolean>;
  /** Adds a platform credential to a device that waits for its confirmation; says what became of it. */
  addCredential(deviceId: string, credential: ApprovalCredential): Promise<Moved<CredentialRefusal>>;
  /** The enrolment a device came by, so that it can ask how it stands before it is confirmed. */
  ofDevice(deviceId: string): Promise<Enrolment | undefined>;
}

/** The topic woken when an enrolment moves, for the page that waits for the device. */
export const enrolmentTopic = (id: string) => `enrolment/${id}`;

export function createEnrolments(options: EnrolmentsOptions): Enrolments {
  const { store, devices } = options;
  const now = options.now ?? Date.now;
  const approvedBy = options.approvedBy ?? (async () => undefined);
  const { accountByName } = options;
  const byTicket = createTickets({ store, lifeMs: ENROLMENT_LIFE_MS, accountByName, byId });

  async function byId(id: string): Promise<Enrolment | undefined> {
    const found = await store.get<Enrolment>(keys.enrolment(id));
    return found && !found.dead ? found.value : undefined;
  }

  async function ofAccount(account: string, id: string): Promise<Enrolment | undefined> {
    const enrolment = await byId(id);
    return enrolment?.account === account ? enrolment : undefined;
  }

  /** Runs one step of the state machine as a compare-and-set. */
  async function move<R>(
    id: string,
    step: (enrolment: Enrolment) => Moved<R>,
  ): Promise<Moved<R> | undefined> {
    let moved: Moved<R> | undefined;
    await update<Enrolment>(store, keys.enrolment(id), (current) => {
      moved = current && step(current.value);
      return moved && 'next' in moved ? { value: moved.next, wake: enrolmentTopic(id) } : undefined;
    });
    return moved;
  }

  async function candidate(enrolment: Enrolment, { jwk, alg, claims }: VerifiedEnrolment): Promise<Device> {
    const thumbprint = await thumbprintOf(jwk);
    if (await store.get(keys.deviceKey(thumbprint))) throw new DeviceError('key_in_use');
    const at = now();
    return {
      id: `${enrolment.account}.${enrolment.id}`,
      name: claims.name,
      kind: claims.kind,
      jwk,
      alg,
      thumbprint,
      subscription: claims.subscription
        ? readSubscription(options.parseSubscription, claims.subscription)
        : null,
      enrolledAt: at,
      lastSeenAt: at,
      state: 'active',
    };
  }

  return {
    async open({ account, userName, approval, replace = false }) {
      const enrolment: Enrolment = {
        v: 1,
        id: randomBytes(16).toString('base64url'),
        account,
        userName,
        secret: randomBytes(16).toString('base64url'),
        code: encodeCrockford(randomBytes(5), CODE_CHARACTERS),
        approval,
        replace,
        expiresAt: (await store.now()) + ENROLMENT_LIFE_MS,
        state: 'open',
      };
      await store.put(keys.enrolment(enrolment.id), enrolment, { if: 'absent', ttlMs: KEEP_MS });
      const pointer = { enrolment: enrolment.id };
      await store.put(keys.enrolmentCode(account, enrolment.code), pointer, { if: 'any', ttlMs: KEEP_MS });
      return enrolment;
    },

    find: ofAccount,

    async claim(verified) {
      const enrolment = await byTicket(verified.claims);
      const device = await candidate(enrolment, verified);
      const full = (await devices.active(enrolment.account)).length >= MAX_DEVICES && !enrolment.replace;
      if (full) throw new DeviceError('too_many_devices');
      const at = await store.now();
      const moved = await move(enrolment.id, (current) => claim(current, device, at));
      if (moved && 'next' in moved) return moved.next;
      if (moved?.refused === 'expired') throw new DeviceError('enrolment_expired');
      throw new DeviceError(moved?.refused === 'used' ? 'enrolment_used' : 'enrolment_not_found');
    },

    async confirm(account, id, thumbprint) {
      const before = await ofAccount(account, id);
      if (!before) throw new DeviceError('not_found');
      const at = await store.now();
      const would = confirm(before, thumbprint, at);
      if ('refused' in would) return would.refused === 'used' ? 'cancelled' : would.refused;
      const approver = before.approval === 'old-device' ? await approvedBy(before) : undefined;
      if (before.approval === 'old-device' && approver === undefined) return 'approval-needed';
      const moved = await move(id, (current) => confirm(current, thumbprint, at));
      if (!moved || 'refused' in moved) return moved?.refused === 'expired' ? 'expired' : 'cancelled';
      // A crash between the two writes leaves "bound" without a device; confirming again completes it.
      await devices.add(moved.next.device as Device, {
        replace: moved.next.replace,
        approvedBy: approver ?? undefined,
      });
      return 'bound';
    },

    async cancel(account, id) {
      if (!(await ofAccount(account, id))) throw new DeviceError('not_found');
      const moved = await move(id, cancel);
      return moved !== undefined && 'next' in moved;
    },

    async addCredential(deviceId, credential) {
      const at = await store.now();
      const id = enrolmentOfDevice(deviceId);
      return (await move(id, (current) => addCredential(current, credential, at))) ?? { refused: 'expired' };
    },

    async ofDevice(deviceId) {
      const enrolment = await ofAccount(accountOfDevice(deviceId), enrolmentOfDevice(deviceId));
      return enrolment?.device?.id === deviceId ? enrolment : undefined;
    },
  };
}

/** @throws DeviceError `invalid_subscription`, with what the push code found as the private cause. */
export function readSubscription(
  parse: (input: unknown) => PushSubscriptionRecord,
  input: unknown,
): PushSubscriptionRecord {
  try {
    return parse(input);
  } catch (cause) {
    throw new DeviceError('invalid_subscription', { cause });
  }
}
