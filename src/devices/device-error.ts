import { DEVICE_ERRORS, type DeviceErrorCode } from '../protocol/errors.ts';

/** More that an answer may carry beside `error` and `error_description`. */
export interface DeviceErrorDetails {
  readonly server_time?: number;
  readonly tries_left?: number;
  readonly retry_after?: number;
}

/** A refusal the device hears about: stable code, public sentence; the private cause goes to the log only. */
export class DeviceError extends Error {
  override readonly name = 'DeviceError';
  readonly code: DeviceErrorCode;
  readonly status: number;
  /** Koa shows the message to people only when this is true; these sentences are public. */
  readonly expose = true;
  readonly details: DeviceErrorDetails;

  constructor(code: DeviceErrorCode, options: { details?: DeviceErrorDetails; cause?: unknown } = {}) {
    super(DEVICE_ERRORS[code].text, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = DEVICE_ERRORS[code].status;
    this.details = options.details ?? {};
  }
}
