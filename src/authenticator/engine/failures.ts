import { DeviceApiError } from '../../protocol/device-api-error.ts';

/** What a failed call means for the person. */
export type Failure =
  /** No answer at all: no network, or the server is away. */
  | 'unreachable'
  /** An answer that says to come back later. */
  | 'busy'
  /** The server does not know this device (any more): only a new enrolment helps. */
  | 'removed'
  /** An answer that holds what this version does not know. */
  | 'unreadable'
  | 'refused';

export function failureOf(error: unknown): Failure {
  if (!(error instanceof DeviceApiError)) return 'unreachable';
  if (error.code === 'device_revoked' || error.code === 'device_unknown') return 'removed';
  if (error.status === 429) return 'busy';
  if (error.code === 'bad_response' && error.status < 300) return 'unreadable';
  if (error.status >= 500 || error.code === 'bad_response') return 'unreachable';
  return 'refused';
}

export function codeOf(error: unknown): string {
  return error instanceof DeviceApiError ? error.code : 'unreachable';
}

/** ms the server asked to wait. */
export function retryAfterMs(error: unknown): number {
  return error instanceof DeviceApiError ? (error.details?.retry_after ?? 0) * 1000 : 0;
}

/** ms to wait after the nth failure in a row (from 1): doubling up to 30 s, half of it by chance. */
export function backOffMs(failures: number, random: () => number): number {
  const full = Math.min(30_000, 1000 * 2 ** Math.min(failures - 1, 10));
  return full / 2 + random() * (full / 2);
}
