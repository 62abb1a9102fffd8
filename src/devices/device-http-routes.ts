import type { Context, Next } from 'koa';
import { isDeviceErrorCode } from '../protocol/errors.ts';
import type { DeviceEvent } from './device-api.ts';
import { DeviceError } from './device-error.ts';
import type { ServerNonces } from './server-nonce.ts';

/** What goes around every endpoint of the device API: errors as JSON, CORS without cookies, the nonce. */

export interface DeviceRoutesOptions {
  /** Origins of the authenticator; they are answered by CORS, without cookies. */
  readonly origins: readonly string[];
  /** Of the caller, as limits count it. Default `ctx.ip`. */
  readonly address?: (ctx: Context) => string;
  /** The caller's address as the trusted proxies give it. Default `ctx.ip`. */
  readonly wholeAddress?: (ctx: Context) => string;
  /** Counts a call from this address: seconds to wait, or 0 to go on. */
  readonly rate?: (address: string) => number;
  readonly requestId?: (ctx: Context) => string | undefined;
  /** What became a `server_error`, for the log. */
  readonly onError?: (error: unknown, ctx: Context) => void;
}

type DeviceMiddleware = (ctx: Context, next: Next) => Promise<void>;

const EXPOSED = 'DPoP-Nonce, Retry-After, Date';
const PREFLIGHT_S = '7200';
/** A page on a neighbouring host is a stranger too. */
const OTHER_ORIGIN = /^(cross|same)-site$/;

/** Every failure is JSON of the closed set of `DEVICE_ERRORS`; the cause goes to the log, never out. */
export function answerErrors(
  options: DeviceRoutesOptions,
  tell: (event: DeviceEvent) => Promise<void>,
): DeviceMiddleware {
  return async (ctx, next) => {
    ctx.set('Cache-Control', 'no-store');
    try {
      await next();
    } catch (error) {
      const refusal = asDeviceError(error);
      if (refusal.code === 'server_error') options.onError?.(error, ctx);
      const requestId = options.requestId?.(ctx);
      const { retry_after } = refusal.details;
      if (retry_after !== undefined) ctx.set('Retry-After', String(retry_after));
      if (refusal.status === 401)
        ctx.set('WWW-Authenticate', `DPoP error="${refusal.code}", algs="ES256 EdDSA"`);
      ctx.status = refusal.status;
      ctx.body = {
        error: refusal.code,
        error_description: refusal.message,
        ...(requestId === undefined ? {} : { request_id: requestId }),
        ...refusal.details,
      };
      if (refusal.code !== 'use_dpop_nonce') {
        await tell({ type: 'device.refused', code: refusal.code, cause: causeOf(refusal) });
      }
    }
  };
}

/** Domain errors have `code` and `status`; a code of our set passes, everything else is ours to hide. */
function asDeviceError(error: unknown): DeviceError {
  if (error instanceof DeviceError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return new DeviceError(isDeviceErrorCode(code) ? code : 'server_error', { cause: error });
}

function causeOf(error: DeviceError): string {
  const { cause } = error;
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause ?? '');
}

/**
 * The authenticator may live on another origin. It is let in by name; credentials are never allowed, since nothing
 * here looks at a cookie: every call is signed.
 */
export function crossOrigin(origins: readonly string[]): DeviceMiddleware {
  return async (ctx, next) => {
    ctx.vary('Origin');
    const origin = ctx.get('origin');
    const known = origins.includes(origin);
    if (known) {
      ctx.set('Access-Control-Allow-Origin', origin);
      ctx.set('Access-Control-Expose-Headers', EXPOSED);
    }
    // Before anything is counted: any page a person looks at could else use up what their address may ask (R51).
    if (!known && ctx.method !== 'OPTIONS' && OTHER_ORIGIN.test(ctx.get('sec-fetch-site')))
      throw new DeviceError('invalid_request', { cause: `called by a page of ${origin || 'another site'}` });
    if (ctx.method !== 'OPTIONS') return next();
    if (known) {
      ctx.set('Access-Control-Allow-Methods', 'GET, POST, PUT, PATCH, DELETE');
      ctx.set('Access-Control-Allow-Headers', 'DPoP, Content-Type');
      ctx.set('Access-Control-Max-Age', PREFLIGHT_S);
    }
    ctx.status = 204;
  };
}

/** RFC 9449 section 8.2: every answer brings the nonce to use next. */
export function nonceHeader(nonces: ServerNonces): DeviceMiddleware {
  return async (ctx: Context, next) => {
    ctx.set('DPoP-Nonce', await nonces.current());
    await next();
  };
}
