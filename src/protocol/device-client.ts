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
import { createDeviceCalls, type DeviceCallOptions, ok, read } from './device-calls.ts';
import { accountOfDevice } from './device-id.ts';
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
  type NoticesMessage,
  noticesMessage,
  type OfflineCodeMessage,
  offlineCodeMessage,
  type PendingMessage,
  pendingMessage,
  type SecuredMessage,
  securedMessage,
} from './messages.ts';
import type { DeviceReceiptStep } from './proof.ts';

export interface DeviceClientOptions extends DeviceCallOptions {
  /** The device id; absent before enrolment, `enrol` sets it. */
  readonly kid?: string;
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
  /** This device's secret; `not_found` while codes without network are off. */
  offlineCode(): Promise<OfflineCodeMessage>;
  /** What happened to the account lately, newest first; `limit` from 1 to 100. */
  activity(limit?: number): Promise<ActivityMessage>;
  /** What its owner was told lately, by others than this device; `after` as the last answer gave it. */
  notices(after?: string): Promise<NoticesMessage>;
}

/**
 * The device's end of `/device/v1`, the same for PWA and terminal.
 *
 * @throws DeviceApiError for an error answer; what `fetch` throws when there is no network.
 */
export function createDeviceClient(options: DeviceClientOptions): DeviceClient {
  const { issuer, key } = options;
  let kid = options.kid;
  const { base, seconds, send, withProof, signed } = createDeviceCalls(options, enrolledId);

  function enrolledId(): string {
    if (kid === undefined) throw new TypeError('this device is not enrolled yet');
    return kid;
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
    offlineCode: async () =>
      read(await signed({ method: 'GET', path: '/device/offline-code' }), offlineCodeMessage),
    notices: async (after) => {
      const path =
        after === undefined ? '/device/notices' : `/device/notices?after=${encodeURIComponent(after)}`;
      return read(await signed({ method: 'GET', path }), noticesMessage);
    },
    activity: async (limit = 50) =>
      read(await signed({ method: 'GET', path: `/device/activity?limit=${limit}` }), activityMessage),
  };
}
