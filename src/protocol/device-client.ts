import type * as z from 'zod/mini';
import { buildAnswer, type Decision, type SeenInBrowser } from './answer.ts';
import {
  type AssertionOptions,
  assertionChallenge,
  assertionOptions,
  assertionResponseSchema,
  type CreationOptionsMessage,
  creationOptionsMessage,
  registrationResponseSchema,
} from './approval-credential.ts';
import { accountOfDevice } from './device-id.ts';
import type { DeviceSigner } from './device-key.ts';
import { buildEnrolment, type DeviceKind, type EnrolmentTicket } from './enrolment.ts';
import {
  type ActivityMessage,
  type AnsweredMessage,
  activityMessage,
  answeredMessage,
  type ChallengeMessage,
  challengeMessage,
  type DeviceMessage,
  deviceMessage,
  type ErrorMessage,
  errorMessage,
  type PendingMessage,
  pendingMessage,
  type SecuredMessage,
  securedMessage,
} from './messages.ts';
import { buildProof, type DeviceReceiptStep } from './proof.ts';

/** The server answered with an error of the documented set, or with something that is not the protocol. */
export class DeviceApiError extends Error {
  override readonly name = 'DeviceApiError';
  /** One of `DEVICE_ERRORS`, or `bad_response` when the answer is not of this protocol. */
  readonly code: string;
  /** HTTP status. */
  readonly status: number;
  readonly details: ErrorMessage | undefined;

  constructor(code: string, status: number, message: string, details?: ErrorMessage) {
    super(message);
    this.code = code;
    this.status = status;
    this.details = details;
  }
}

export interface DeviceClientOptions {
  readonly issuer: string;
  readonly fetch: typeof globalThis.fetch;
  readonly key: DeviceSigner;
  /** The device id; absent before enrolment, `enrol` sets it. */
  readonly kid?: string;
  /** ms. */
  readonly now?: () => number;
  /** Asks for a nonce before the first signed call, so that a browser has no error to show. Default: does not. */
  readonly nonceFirst?: boolean;
}

export interface EnrolOptions {
  readonly ticket: EnrolmentTicket;
  readonly name: string;
  readonly kind: DeviceKind;
  readonly subscription?: unknown;
}

export interface DeviceClient {
  /** Spends the link or code. The device can do nothing until the page that showed it confirms the fingerprint. */
  enrol(options: EnrolOptions): Promise<DeviceMessage>;
  /** With `wait` (seconds, up to 25) held while the device waits for its confirmation. */
  status(options?: { wait?: number; signal?: AbortSignal }): Promise<DeviceMessage>;
  /** Requests waiting for this device. With `wait` (seconds, up to 25) and `v` held until something changes. */
  pending(options?: { wait?: number; v?: string; signal?: AbortSignal }): Promise<PendingMessage>;
  challenge(id: string): Promise<ChallengeMessage>;
  /**
   * Enrols a platform credential; from then on this device's approvals need it.
   *
   * @param create makes it: `navigator.credentials.create()` with these options, and the result's `toJSON()`.
   */
  registerApprovalCredential(
    create: (options: CreationOptionsMessage) => Promise<unknown>,
  ): Promise<DeviceMessage>;
  /**
   * Signs what was shown, so it takes the whole challenge, not its id.
   *
   * @param assert called for an approval of a challenge with a `credential`, once the answer is signed:
   *   `navigator.credentials.get()` with these options, and the result's `toJSON()`. What it throws comes through, and
   *   nothing was sent.
   */
  answer(
    challenge: ChallengeMessage,
    decision: Decision,
    seen?: SeenInBrowser,
    assert?: (options: AssertionOptions) => Promise<unknown>,
  ): Promise<AnsweredMessage>;
  receipt(id: string, step: DeviceReceiptStep): Promise<void>;
  /** `null` takes the subscription away. */
  updateSubscription(subscription: unknown): Promise<DeviceMessage>;
  rename(name: string): Promise<DeviceMessage>;
  remove(): Promise<void>;
  /** "Secure my account": everything signed in ends, and strangers cannot ask until `paused_until`. */
  secure(): Promise<SecuredMessage>;
  /** Lets browsers the account does not know ask again. */
  resume(): Promise<void>;
  /** What happened to the account lately, newest first; `limit` from 1 to 100. */
  activity(limit?: number): Promise<ActivityMessage>;
}

/** How long a nonce is used without asking for another, ms. */
const FRESH_MS = 4 * 60_000;

interface Call {
  readonly method: string;
  readonly path: string;
  readonly json?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The device's end of `/device/v1`, the same for PWA and terminal. Learns the server's nonce from any answer and its
 * clock from a `clock_skew` error, and signs again, at most three times a call.
 *
 * @throws DeviceApiError for an error answer; what `fetch` throws when there is no network.
 */
export function createDeviceClient(options: DeviceClientOptions): DeviceClient {
  const { issuer, key } = options;
  const now = options.now ?? Date.now;
  const base = `${issuer.replace(/\/$/, '')}/device/v1`;
  let kid = options.kid;
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
    const id = enrolledId();
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

  function enrolledId(): string {
    if (kid === undefined) throw new TypeError('this device is not enrolled yet');
    return kid;
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

  const challengePath = (id: string) => `/challenges/${encodeURIComponent(id)}`;
  const post = (type: string, body: string): RequestInit => ({
    method: 'POST',
    headers: { 'content-type': type },
    body,
  });
  const jose = (body: string) => post('application/jose', body);

  return {
    async enrol({ ticket, name, kind, subscription }) {
      const jws = await buildEnrolment({ issuer, ticket, name, kind, subscription, iat: seconds() }, key);
      const message = await read(await ok(await send(`${base}/enrolments`, jose(jws))), deviceMessage);
      kid = message.device.id;
      return message;
    },
    status: async ({ wait = 0, signal } = {}) =>
      read(await signed({ method: 'GET', path: `/device?wait=${wait}`, signal }), deviceMessage),
    async pending({ wait = 0, v, signal } = {}) {
      const query = new URLSearchParams({ wait: String(wait), ...(v === undefined ? {} : { v }) });
      return read(await signed({ method: 'GET', path: `/challenges?${query}`, signal }), pendingMessage);
    },
    challenge: async (id) => read(await signed({ method: 'GET', path: challengePath(id) }), challengeMessage),
    async registerApprovalCredential(create) {
      const path = '/device/credential';
      const options = await read(await signed({ method: 'GET', path }), creationOptionsMessage);
      const credential = registrationResponseSchema.parse(await create(options));
      return read(await signed({ method: 'PUT', path, json: { credential } }), deviceMessage);
    },
    async answer(challenge, decision, seen, assert) {
      const id = enrolledId();
      const account = accountOfDevice(id);
      const input = { issuer, account, challenge, decision, iat: seconds(), ...(seen ? { seen } : {}) };
      const url = `${base}${challengePath(challenge.id)}/response`;
      const jws = await buildAnswer(input, id, key);
      const { credential } = challenge;
      if (decision !== 'approve' || !credential || !assert)
        return read(await ok(await send(url, jose(jws))), answeredMessage);
      const options = assertionOptions(await assertionChallenge(jws), credential);
      const assertion = assertionResponseSchema.parse(await assert(options));
      const body = post('application/json', JSON.stringify({ response: jws, assertion }));
      return read(await ok(await send(url, body)), answeredMessage);
    },
    async receipt(id, step) {
      const url = `${base}${challengePath(id)}/receipts`;
      await withProof(async (proof) =>
        // text/plain keeps the browser from asking first (no preflight), also from a service worker
        send(url, {
          method: 'POST',
          headers: { 'content-type': 'text/plain' },
          body: await proof('POST', url, { step }),
        }),
      );
    },
    async updateSubscription(subscription) {
      return read(
        await signed({ method: 'PUT', path: '/device/subscription', json: { subscription } }),
        deviceMessage,
      );
    },
    rename: async (name) =>
      read(await signed({ method: 'PATCH', path: '/device', json: { name } }), deviceMessage),
    async remove() {
      await signed({ method: 'DELETE', path: '/device' });
    },
    secure: async () => read(await signed({ method: 'POST', path: '/device/secure' }), securedMessage),
    async resume() {
      await signed({ method: 'DELETE', path: '/device/secure' });
    },
    activity: async (limit = 50) =>
      read(await signed({ method: 'GET', path: `/device/activity?limit=${limit}` }), activityMessage),
  };
}

type ProofMaker = (
  method: string,
  url: string,
  extra: { body?: string | undefined; step?: DeviceReceiptStep },
) => Promise<string>;

async function ok(response: Response): Promise<Response> {
  if (!response.ok) throw await errorOf(response);
  return response;
}

async function errorOf(response: Response): Promise<DeviceApiError> {
  const parsed = errorMessage.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success) return new DeviceApiError('bad_response', response.status, `HTTP ${response.status}`);
  const { error, error_description } = parsed.data;
  return new DeviceApiError(error, response.status, error_description ?? error, parsed.data);
}

async function read<S extends z.ZodMiniType>(response: Response, schema: S): Promise<z.infer<S>> {
  const parsed = schema.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success)
    throw new DeviceApiError('bad_response', response.status, 'The answer is not of this protocol.');
  return parsed.data;
}
