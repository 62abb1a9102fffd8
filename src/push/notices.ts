import { randomBytes } from 'node:crypto';
import type { Account } from '../accounts/account.ts';
import type { Device, PushSubscriptionRecord } from '../devices/device.ts';
import type { TellByMail } from '../mail/tell-by-mail.ts';
import type { NoticeKind } from '../protocol/notices.ts';
import { stripToLine } from '../risk/plain-line.ts';
import { epochSeconds } from '../session/epoch-seconds.ts';
import type { NoticePayload, Notifier } from './notify-devices.ts';

/** What was done to an account; see docs/device-protocol.md. */
export interface Notice {
  readonly notice: NoticeKind;
  /** Name of the device or passkey it was about, or that did it. */
  readonly device?: string;
}

/**
 * Tells every device of an account but those named, which did it themselves or are what it is about (R24), and every
 * address of it by mail (R28). Returns at once; whoever cannot be told is not waited for.
 */
export type Tell = (account: string, notice: Notice, except: readonly string[]) => void;

/** Tells the place where a device was told before that it is told elsewhere now: whoever moved it may be a thief (F12). */
export type TellOldPlace = (account: string, device: Device, was: PushSubscriptionRecord) => void;

export interface TellerDependencies {
  readonly accounts: { get(sub: string): Promise<Account | undefined> };
  readonly devices: { active(account: string): Promise<readonly Device[]> };
  readonly notifier: Pick<Notifier, 'tell'>;
  readonly byMail: TellByMail;
  /** For devices that no push reaches. */
  readonly keep: (account: string, notice: NoticePayload, except: readonly string[]) => Promise<void>;
  readonly onFailed: (error: unknown) => void;
}

export interface Teller {
  readonly tell: Tell;
  readonly tellOldPlace: TellOldPlace;
  /** Resolves when all that was told is with the devices' notifier and in the queue of mails. */
  idle(): Promise<void>;
}

export function createTeller(deps: TellerDependencies): Teller {
  const underWay = new Set<Promise<void>>();

  async function tell(account: string, { notice, device }: Notice, except: readonly string[]): Promise<void> {
    const [found, active] = await Promise.all([deps.accounts.get(account), deps.devices.active(account)]);
    if (!found) return;
    const payload = payloadOf(found, notice, device);
    const others = active.filter(({ id }) => !except.includes(id));
    deps.notifier.tell(account, payload, others);
    const about = device === undefined ? {} : { device };
    deps.byMail(found, { notice, ...about, at: Date.now() });
    await deps.keep(account, payload, except);
  }

  async function tellOldPlace(account: string, device: Device, was: PushSubscriptionRecord): Promise<void> {
    const found = await deps.accounts.get(account);
    if (!found) return;
    const payload = payloadOf(found, 'push-moved', device.name);
    deps.notifier.tell(account, payload, [{ ...device, subscription: was }]);
  }

  function start(telling: Promise<void>): void {
    const work = telling.catch(deps.onFailed).finally(() => underWay.delete(work));
    underWay.add(work);
  }

  return {
    tell: (account, notice, except) => start(tell(account, notice, except)),
    tellOldPlace: (account, device, was) => start(tellOldPlace(account, device, was)),
    async idle() {
      await Promise.all(underWay);
    },
  };
}

function payloadOf(account: Account, notice: NoticeKind, device: string | undefined): NoticePayload {
  return {
    v: 1,
    type: 'notice',
    id: randomBytes(16).toString('base64url'),
    notice,
    account: stripToLine(account.userName, 40),
    ...(device === undefined ? {} : { device: stripToLine(device, 40) }),
    at: epochSeconds(),
  };
}
