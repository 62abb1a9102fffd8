import { randomInt } from 'node:crypto';
import { DeviceApiError } from '../protocol/device-api-error.ts';

const FIRST_MS = 1000;
const LONGEST_MS = 30_000;

/** How long to wait after the nth failure in a row (from 1): doubling up to 30 s, half of it by chance. */
export function backOffMs(failures: number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 10));
  return full / 2 + randomInt(full / 2);
}

/** Whether trying again later may help: no network, a server that is down or busy. */
export function isTemporary(error: unknown): boolean {
  if (error instanceof DeviceApiError)
    return error.status >= 500 || error.status === 429 || error.code === 'bad_response';
  // what fetch throws without a connection
  return error instanceof TypeError;
}

/** The server no longer knows this device: only a new enrolment helps. */
export function isRemoved(error: unknown): boolean {
  return (
    error instanceof DeviceApiError && (error.code === 'device_revoked' || error.code === 'device_unknown')
  );
}

/** Seconds the server asked for, in ms. */
export function retryAfterMs(error: unknown): number {
  return error instanceof DeviceApiError ? (error.details?.retry_after ?? 0) * 1000 : 0;
}
