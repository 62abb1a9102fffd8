import type * as z from 'zod/mini';
import { DeviceApiError, errorOf } from './device-api-error.ts';
import type { DeviceSigner } from './device-key.ts';
import { buildProof, type DeviceReceiptStep } from './proof.ts';

export interface DeviceCallOptions {
  readonly issuer: string;
  readonly fetch: typeof globalThis.fetch;
  readonly key: DeviceSigner;
  /** ms. */
  readonly now?: () => number;
  /** Asks for a nonce before the first signed call, so that a browser has no error to show. Default: does not. */
  readonly nonceFirst?: boolean;
}

/** How a device's calls go out: signed, with the server's nonce, by the server's clock. */
export interface DeviceCalls {
  /** Where the API is. */
  readonly base: string;
  /** The server's time as far as it is known, epoch seconds. */
  seconds(): number;
  /** One request as it is; learns the nonce of its answer. */
  send(url: string, init: RequestInit): Promise<Response>;
  /** Once, and again for a new nonce and for a wrong clock. @throws DeviceApiError */
  withProof(attempt: (proof: ProofMaker) => Promise<Response>): Promise<Response>;
  /** A call whose proof is a header. @throws DeviceApiError */
  signed(call: Call): Promise<Response>;
}

/** How long a nonce is used without asking for another, ms. */
const FRESH_MS = 4 * 60_000;

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly json?: unknown;
  readonly signal?: AbortSignal | undefined;
}

export type ProofMaker = (
  method: string,
  url: string,
  extra: { body?: string | undefined; step?: DeviceReceiptStep },
) => Promise<string>;

/**
 * Learns the server's nonce from any answer and its clock from a `clock_skew` error, and signs again, at most three
 * times a call.
 *
 * @param device gives the device's id; called for every signed call.
 */
export function createDeviceCalls(options: DeviceCallOptions, device: () => string): DeviceCalls {
  const { issuer, key } = options;
  const now = options.now ?? Date.now;
  const base = `${issuer.replace(/\/$/, '')}/device/v1`;
  let nonce: string | undefined;
  /** ms; a nonce is good for at least five minutes. */
  let nonceAt = 0;
  /** Seconds to add to this device's clock. */
  let offset = 0;

  const seconds = () => Math.floor(now() / 1000) + offset;

  async function send(url: string, init: RequestInit): Promise<Response> {
    const response = await options.fetch(url, {
      ...init,
      credentials: 'omit',
      redirect: 'error',
      cache: 'no-store',
    });
    const next = response.headers.get('dpop-nonce');
    if (next !== null) [nonce, nonceAt] = [next, now()];
    return response;
  }

  function mayRetry(error: DeviceApiError): boolean {
    if (error.code === 'use_dpop_nonce') return true;
    if (error.code !== 'clock_skew' || error.details?.server_time === undefined) return false;
    offset = error.details.server_time - Math.floor(now() / 1000);
    return true;
  }

  let asking: Promise<unknown> | undefined;
  /** One question for all calls that begin at once. */
  async function firstNonce(): Promise<void> {
    if (!options.nonceFirst || now() - nonceAt < FRESH_MS) return;
    asking ??= send(`${base}/nonce`, { method: 'GET' }).finally(() => {
      asking = undefined;
    });
    await asking;
  }

  /** Once, and again for a new nonce and for a wrong clock. */
  async function withProof(attempt: (proof: ProofMaker) => Promise<Response>): Promise<Response> {
    const id = device();
    await firstNonce();
    const proof: ProofMaker = (method, url, extra) =>
      buildProof({ kid: id, method, url, nonce, iat: seconds(), ...extra }, key);
    for (let left = 2; ; left--) {
      const response = await attempt(proof);
      if (response.ok) return response;
      const error = await errorOf(response);
      if (left === 0 || !mayRetry(error)) throw error;
    }
  }

  function signed(call: Call): Promise<Response> {
    const url = base + call.path;
    const body = call.json === undefined ? undefined : JSON.stringify(call.json);
    return withProof(async (proof) =>
      send(url, {
        method: call.method,
        headers: {
          dpop: await proof(call.method, url, { body }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body }),
        ...(call.signal ? { signal: call.signal } : {}),
      }),
    );
  }

  return { base, seconds, send, withProof, signed };
}

/** @throws DeviceApiError unless it is a success. */
export async function ok(response: Response): Promise<Response> {
  if (!response.ok) throw await errorOf(response);
  return response;
}

/** The body of an answer. @throws DeviceApiError `bad_response` when it is not of this protocol. */
export async function read<S extends z.ZodMiniType>(response: Response, schema: S): Promise<z.infer<S>> {
  const parsed = schema.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success)
    throw new DeviceApiError('bad_response', response.status, 'The answer is not of this protocol.');
  return parsed.data;
}
