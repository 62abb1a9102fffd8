import type { Context } from 'koa';
import { DeviceError } from './device-error.ts';

/** How a device says how long its call may be held, and goes away meanwhile. */

const MAX_WAIT_S = 25;

/** A query parameter that may be there once (F9). @throws DeviceError `invalid_request` */
export function single(ctx: Context, name: string): string | undefined {
  const value = ctx.query[name];
  if (Array.isArray(value)) throw new DeviceError('invalid_request', { cause: `${name} twice` });
  return value;
}

/** `wait` in ms; it is asked for in whole seconds. @throws DeviceError `invalid_request` */
export function waitOf(ctx: Context): number {
  const wait = single(ctx, 'wait') ?? '0';
  if (!/^\d{1,2}$/.test(wait) || Number(wait) > MAX_WAIT_S)
    throw new DeviceError('invalid_request', { cause: 'wait' });
  return Number(wait) * 1000;
}

/** Aborts when whoever asked has gone. */
export function abortOnClose(ctx: Context): AbortSignal {
  const controller = new AbortController();
  // Gone already while the caller was identified: `close` comes once.
  if (ctx.res.closed) controller.abort();
  else ctx.res.once('close', () => controller.abort());
  return controller.signal;
}
