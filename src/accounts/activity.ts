import type { Audit, AuditRecord } from '../audit/audit.ts';
import { isLasting } from '../audit/events.ts';
import type { Devices } from '../devices/devices.ts';
import { DAY } from '../store/keys.ts';

/** What a person is told of their own account: no id, no number, nothing that opens anything. */
export interface Activity {
  /** Epoch ms. */
  readonly at: number;
  readonly type: ActivityType;
  /** Name of the app it was about. */
  readonly app?: string;
  readonly address?: string;
  readonly place?: string;
  /** Name of a device. */
  readonly device?: string;
  readonly fingerprint?: string;
}

export type ActivityType =
  | 'signed-in'
  | 'step-up'
  | 'denied'
  | 'reported'
  | 'failed'
  | 'device-added'
  | 'device-removed'
  | 'device-renamed'
  | 'passkey-added'
  | 'passkey-removed'
  | 'password-changed'
  | 'recovery-used'
  | 'recovery-codes-made'
  | 'bypass-used'
  | 'offline-code-on'
  | 'offline-code-off'
  | 'offline-code-used'
  | 'browser-remembered'
  | 'browser-stolen'
  | 'signed-out-everywhere'
  | 'secured'
  | 'resumed';

export interface ActivityDependencies {
  readonly audit: Pick<Audit, 'read'>;
  readonly devices: Pick<Devices, 'list'>;
  readonly clientName: (clientId: string) => Promise<string>;
  /** Country or finer, in words. */
  readonly placeOf: (address: string) => string | null;
  /** Epoch ms. */
  readonly now: () => number;
}

const SINCE_MS = 30 * DAY;
/** An account's log holds no more. */
const READ_MOST = 1000;

interface Entry {
  readonly at: number;
  readonly type: ActivityType;
  readonly client?: string;
  readonly address?: string;
  readonly deviceId?: string;
  readonly device?: string;
  readonly fingerprint?: string;
}

/** The newest `limit` things that happened to an account in 30 days, newest first. @throws StoreUnavailable */
export async function recentActivity(
  deps: ActivityDependencies,
  account: string,
  limit: number,
): Promise<readonly Activity[]> {
  const page = { sinceMs: deps.now() - SINCE_MS, limit: READ_MOST };
  const [everything, lasting, devices] = await Promise.all([
    deps.audit.read({ account }, page),
    deps.audit.read({ lasting: account }, page),
    deps.devices.list(account),
  ]);
  const asked = new Map<string, { client: string; address: string }>();
  for (const { event } of everything.events)
    if (event.type === 'challenge.created') asked.set(event.chain, event);
  const told = (some: typeof everything.events) => some.flatMap(({ event }) => entryOf(event, asked) ?? []);
  // What can be caused as often as somebody likes (by a password, a session, a device's key) must not hide what was
  // done with it: it gets half of the places at most.
  const rest = told(everything.events.filter(({ event }) => !isLasting(event.type)));
  const newest = [...told(lasting.events).slice(-limit), ...rest.slice(-Math.ceil(limit / 2))]
    .sort((a, b) => a.at - b.at)
    .slice(-limit)
    .reverse();
  const ids = [...new Set(newest.flatMap(({ client }) => client ?? []))];
  const names = new Map(await Promise.all(ids.map(async (id) => [id, await deps.clientName(id)] as const)));

  return newest.map(({ at, type, client, address, deviceId, device, fingerprint }) => {
    const app = client === undefined ? undefined : names.get(client);
    const place = address === undefined ? null : deps.placeOf(address);
    const name = device ?? devices.find(({ id }) => id === deviceId)?.name;
    return {
      at,
      type,
      ...(app === undefined ? {} : { app }),
      ...(address === undefined ? {} : { address }),
      ...(place === null ? {} : { place }),
      ...(name === undefined ? {} : { device: name }),
      ...(fingerprint === undefined ? {} : { fingerprint }),
    };
  });
}

function entryOf(
  event: AuditRecord,
  asked: ReadonlyMap<string, { client: string; address: string }>,
): Entry | undefined {
  const { at } = event;
  switch (event.type) {
    case 'session.started':
      return { at, type: 'signed-in', client: event.client, address: event.address };
    case 'session.stepped_up':
      return { at, type: 'step-up', client: event.client, address: event.address };
    case 'challenge.denied':
    case 'challenge.reported':
    case 'challenge.failed': {
      const type = event.type.slice('challenge.'.length) as 'denied' | 'reported' | 'failed';
      const from = asked.get(event.chain);
      const by = 'device' in event ? { deviceId: event.device } : {};
      return { at, type, ...(from ? { client: from.client, address: from.address } : {}), ...by };
    }
    case 'device.confirmed':
      return { at, type: 'device-added', device: event.name, fingerprint: event.fingerprint };
    case 'device.revoked':
      return { at, type: 'device-removed', deviceId: event.device };
    case 'device.renamed':
      return { at, type: 'device-renamed', device: event.name };
    case 'passkey.added':
      return { at, type: 'passkey-added', device: event.name };
    case 'passkey.removed':
      return { at, type: 'passkey-removed', device: event.name };
    case 'account.password_changed':
      return { at, type: 'password-changed' };
    case 'recovery.used':
      return { at, type: 'recovery-used', client: event.client, address: event.address };
    case 'recovery.codes_made':
      return { at, type: 'recovery-codes-made' };
    case 'bypass.used':
      return { at, type: 'bypass-used', client: event.client, address: event.address };
    case 'offline_code.turned_on':
      return { at, type: 'offline-code-on', deviceId: event.approvedBy };
    case 'offline_code.turned_off':
      return { at, type: 'offline-code-off', deviceId: event.approvedBy };
    case 'offline_code.used':
      return {
        at,
        type: 'offline-code-used',
        client: event.client,
        address: event.address,
        deviceId: event.device,
      };
    case 'remembered.begun':
      return { at, type: 'browser-remembered', client: event.client, address: event.address };
    case 'remembered.stolen':
      return { at, type: 'browser-stolen' };
    case 'session.ended_everywhere':
      return { at, type: 'signed-out-everywhere' };
    case 'account.secured':
      return { at, type: 'secured', deviceId: event.device };
    case 'account.resumed':
      return { at, type: 'resumed' };
    default:
      return undefined;
  }
}
