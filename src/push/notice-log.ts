import type { Device } from '../devices/device.ts';
import type { NoticeKind } from '../protocol/notices.ts';
import { DAY, names } from '../store/keys.ts';
import type { Store } from '../store/port.ts';
import type { NoticePayload } from './notify-devices.ts';

/** What an account was told lately, for devices that no push reaches: a terminal, or a phone without notifications. */
interface KeptNotice {
  readonly v: 1;
  readonly id: string;
  readonly notice: NoticeKind;
  readonly device?: string;
  /** Epoch seconds. */
  readonly at: number;
  /** Ids of the devices that did it themselves, or are what it is about. */
  readonly except: readonly string[];
}

const KEEP = { max: 50, maxAgeMs: 30 * DAY };
const READ_MOST = 50;

export interface NoticesFor {
  readonly notices: readonly Omit<KeptNotice, 'v' | 'except'>[];
  /** Hand back to hear of newer ones only. */
  readonly after: string | undefined;
}

export async function keepNotice(
  store: Store,
  account: string,
  { id, notice, device, at }: NoticePayload,
  except: readonly string[],
): Promise<void> {
  const kept: KeptNotice = { v: 1, id, notice, ...(device === undefined ? {} : { device }), at, except };
  await store.log.append(names.notices(account), kept, KEEP);
}

/** What concerns this device since `after`, oldest first; nothing from before it was enrolled. */
export async function noticesFor(
  store: Store,
  account: string,
  device: Pick<Device, 'id' | 'enrolledAt'>,
  after: string | undefined,
): Promise<NoticesFor> {
  const since = after === undefined ? {} : { after };
  const events = await store.log.read<KeptNotice>(names.notices(account), { ...since, limit: READ_MOST });
  const notices = events
    .map(({ event }) => event)
    .filter(({ v, at, except }) => v === 1 && at * 1000 >= device.enrolledAt && !except.includes(device.id))
    .map(({ v: _, except: __, ...shown }) => shown);
  return { notices, after: events.at(-1)?.id ?? after };
}
