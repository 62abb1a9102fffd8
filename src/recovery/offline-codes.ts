import { randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import { OFFLINE_DIGITS, OFFLINE_STEP_S } from '../protocol/offline-code.ts';
import { keys } from '../store/keys.ts';
import type { Found, Store } from '../store/port.ts';
import { update } from '../store/update.ts';
import type { Sealing } from './sealing.ts';

/**
 * Codes of phones without network (RFC 6238), one secret a device, sealed. They are turned on by a change of factors
 * (R24); a device fetches its own secret by a call signed with its key, once it is on. A code is good for its step and
 * one on either side, and each step once.
 */
export interface OfflineCodes {
  readonly v: 1;
  /** The change that turned them on: another one begins with other secrets. */
  readonly change: string;
  readonly devices: Readonly<Record<string, OfflineDevice>>;
}

interface OfflineDevice {
  readonly sealed: string;
  /** The last step a code was taken of. */
  readonly usedStep: number | null;
}

export interface OfflineCodesService {
  /** What devices compare with what they have: names the secrets, opens nothing. `undefined` while off. */
  generation(account: string): Promise<string | undefined>;
  /** Doing it twice is doing it once. */
  turnOn(account: string, change: string): Promise<void>;
  /** Of this generation only. `true` for the one caller who did. */
  turnOff(account: string, generation: string): Promise<boolean>;
  /** The secret (20 bytes) of this device, made at its first call; `undefined` while codes are off. */
  secretFor(account: string, device: string): Promise<{ generation: string; secret: Uint8Array } | undefined>;
  /**
   * Takes a code, once, of a device that is still active.
   *
   * @param active reads the devices that count; run beside the look-up.
   * @returns the device, or `undefined`: equal work for an account without (R42).
   */
  take(account: string, typed: string, active: () => Promise<readonly string[]>): Promise<string | undefined>;
}

const SECRET_BYTES = 20;
const WINDOW = 1;
/** Stands for the secret of an account that has none. */
const NOBODY = new Uint8Array(SECRET_BYTES);

const boundTo = (account: string, device: string) => `offline-code\0${account}\0${device}`;

export function createOfflineCodes(
  store: Store,
  sealing: Sealing,
  now: () => number = Date.now,
): OfflineCodesService {
  const read = async (account: string) => {
    const found = await store.get<OfflineCodes>(keys.offlineCodes(account));
    return found && !found.dead && found.value.v === 1 ? found : undefined;
  };

  return {
    generation: async (account) => (await read(account))?.value.change,

    async turnOn(account, change) {
      const fresh: OfflineCodes = { v: 1, change, devices: {} };
      await update<OfflineCodes>(store, keys.offlineCodes(account), (current) =>
        current?.value.change === change ? undefined : { value: fresh, ttlMs: null },
      );
    },

    async turnOff(account, generation) {
      const found = await read(account);
      if (found?.value.change !== generation) return false;
      return store.delete(keys.offlineCodes(account), { if: found.version });
    },

    async secretFor(account, device) {
      const secret = randomBytes(SECRET_BYTES);
      const sealed = sealing.seal(secret, boundTo(account, device));
      let of: OfflineCodes | undefined;
      const written = await update<OfflineCodes>(store, keys.offlineCodes(account), (current) => {
        of = current?.value;
        const kept = of?.devices[device];
        // Sealed by a key that is gone: nobody can make codes of it, so it is made anew.
        if (!of || (kept && sealing.open(kept.sealed, boundTo(account, device)))) return undefined;
        return { value: { ...of, devices: { ...of.devices, [device]: { sealed, usedStep: null } } } };
      });
      if (written) return { generation: written.value.change, secret };
      const kept = of?.devices[device];
      const opened = kept && sealing.open(kept.sealed, boundTo(account, device));
      return of && opened && { generation: of.change, secret: opened };
    },

    async take(account, typed, active) {
      const [found, devices] = await Promise.all([
        store.get<OfflineCodes>(keys.offlineCodes(account)),
        active(),
      ]);
      const at = now();
      const token = typed.replace(/[\s-]/g, '');
      const fits = (of: OfflineCodes, device: string) => {
        const kept = of.devices[device];
        const secret = kept && sealing.open(kept.sealed, boundTo(account, device));
        const step = stepOf(token, secret ?? NOBODY, at);
        const fresh = step !== undefined && step > (kept?.usedStep ?? -1);
        return secret && fresh ? step : undefined;
      };
      const of = found && !found.dead && found.value.v === 1 ? found.value : undefined;
      const known = of ? devices.filter((device) => of.devices[device]) : [];
      if (!of || known.length === 0) {
        stepOf(token, NOBODY, at);
        return undefined;
      }
      const device = known.filter((one) => fits(of, one) !== undefined)[0];
      if (device === undefined) return undefined;
      const written = await update<OfflineCodes>(
        store,
        keys.offlineCodes(account),
        (current) => {
          const step =
            current && current.value.change === of.change ? fits(current.value, device) : undefined;
          const kept = current?.value.devices[device];
          if (!current || !kept || step === undefined) return undefined;
          const devices = { ...current.value.devices, [device]: { ...kept, usedStep: step } };
          return { value: { ...current.value, devices } };
        },
        { found: Promise.resolve(found as Found<OfflineCodes>) },
      );
      return written && device;
    },
  };
}

/** The step `token` is the code of, within one of now; `undefined` when it is none of them. */
function stepOf(token: string, secret: Uint8Array, at: number): number | undefined {
  if (!/^\d+$/.test(token) || token.length !== OFFLINE_DIGITS) return undefined;
  const buffer = Uint8Array.from(secret).buffer;
  const totp = new TOTP({
    secret: new Secret({ buffer }),
    algorithm: 'SHA1',
    digits: OFFLINE_DIGITS,
    period: OFFLINE_STEP_S,
  });
  const delta = totp.validate({ token, timestamp: at, window: WINDOW });
  return delta === null ? undefined : Math.floor(at / (OFFLINE_STEP_S * 1000)) + delta;
}
