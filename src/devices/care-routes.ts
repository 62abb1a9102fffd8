import type Router from '@koa/router';
import type { Context } from 'koa';
import type { Activity } from '../accounts/activity.ts';
import type { Secured } from '../accounts/secure-account.ts';
import type { Standing } from '../approval/account-guard.ts';
import type { ActivityMessage, NoticesMessage, SecuredMessage } from '../protocol/messages.ts';
import type { NoticesFor } from '../push/notice-log.ts';
import type { Device } from './device.ts';
import { DeviceError } from './device-error.ts';
import type { Caller } from './identify.ts';

/** What a device can do for its account, and be told of it. */
export interface DeviceCare {
  secure(account: string, device: Device): Promise<Secured>;
  resume(account: string, device: Device): Promise<void>;
  /** Newest first. */
  activity(account: string, limit: number): Promise<readonly Activity[]>;
  /** What its owner was told since `after`, by others than this device. */
  notices(account: string, device: Device, after: string | undefined): Promise<NoticesFor>;
  /** What is closed to browsers now. */
  standing(account: string): Promise<Standing>;
}

const ACTIVITY_MOST = 100;
const ACTIVITY_USUAL = '50';

const seconds = (ms: number): number => Math.floor(ms / 1000);

/**
 * "Secure my account" and its activity, from the device alone: whoever holds an enrolled device may sign its owner out
 * and close the door, but learns nothing that opens one.
 *
 * @param identify the active device behind a call without a body.
 */
export function addCareRoutes(
  router: Router,
  care: DeviceCare,
  identify: (ctx: Context) => Promise<Caller>,
  now: () => Promise<number>,
): void {
  router.post('/device/secure', async (ctx: Context) => {
    const { account, device } = await identify(ctx);
    const { sessions, until } = await care.secure(account, device);
    ctx.body = { sessions, paused_until: seconds(until) } satisfies SecuredMessage;
  });

  router.delete('/device/secure', async (ctx: Context) => {
    const { account, device } = await identify(ctx);
    await care.resume(account, device);
    ctx.status = 204;
  });

  router.get('/device/activity', async (ctx: Context) => {
    const limit = limitOf(ctx);
    const { account } = await identify(ctx);
    const events = await care.activity(account, limit);
    ctx.body = {
      events: events.map((event) => ({ ...event, at: seconds(event.at) })),
      server_time: seconds(await now()),
    } satisfies ActivityMessage;
  });

  router.get('/device/notices', async (ctx: Context) => {
    const since = afterOf(ctx);
    const { account, device } = await identify(ctx);
    const { notices, after } = await care.notices(account, device, since);
    ctx.body = {
      notices: [...notices],
      ...(after === undefined ? {} : { after }),
      server_time: seconds(await now()),
    } satisfies NoticesMessage;
  });
}

/** As the store's logs name an event. */
function afterOf(ctx: Context): string | undefined {
  const { after } = ctx.query;
  if (after === undefined || (typeof after === 'string' && /^\d{1,15}-\d{1,15}$/.test(after))) return after;
  throw new DeviceError('invalid_request', { cause: 'after' });
}

function limitOf(ctx: Context): number {
  const { limit = ACTIVITY_USUAL } = ctx.query;
  const wanted = typeof limit === 'string' && /^\d{1,3}$/.test(limit) ? Number(limit) : 0;
  if (wanted < 1 || wanted > ACTIVITY_MOST) throw new DeviceError('invalid_request', { cause: 'limit' });
  return wanted;
}
