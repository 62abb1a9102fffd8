import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { recentActivity } from '../../src/accounts/activity.ts';
import { forgetAll } from '../../src/accounts/known-browsers.ts';
import { resumeFromDevice, secureAccount } from '../../src/accounts/secure-account.ts';
import { createAccountGuard } from '../../src/approval/account-guard.ts';
import { createApprovals } from '../../src/approval/approvals.ts';
import type { ApprovalRequest } from '../../src/approval/request-approval.ts';
import { createWakeHub } from '../../src/approval/wake-hub.ts';
import { createAudit } from '../../src/audit/audit.ts';
import { createLogger } from '../../src/audit/logger.ts';
import type { DeviceApi, DeviceEvent } from '../../src/devices/device-api.ts';
import { createDeviceRoutes } from '../../src/devices/device-routes.ts';
import { createDevices } from '../../src/devices/devices.ts';
import { linkSecret } from '../../src/devices/enrolment-tickets.ts';
import { createEnrolments } from '../../src/devices/enrolments.ts';
import { relyingParty } from '../../src/devices/relying-party.ts';
import { createServerNonces } from '../../src/devices/server-nonce.ts';
import { createWaitFor } from '../../src/devices/wait-for.ts';
import { createThrottle } from '../../src/limits/throttle.ts';
import { createDeviceClient, type DeviceClient } from '../../src/protocol/device-client.ts';
import { type DeviceSigner, thumbprintOf } from '../../src/protocol/device-key.ts';
import { noticesFor } from '../../src/push/notice-log.ts';
import { parseSubscription } from '../../src/push/subscription.ts';
import { NOWHERE } from '../../src/risk/place.ts';
import type { Store } from '../../src/store/port.ts';
import { nobleKey } from '../../src/terminal-device/noble-key.ts';
import { SAMPLE_CONTEXT } from './sample-challenge.ts';
import { tempStore } from './temp-store.ts';

export const AUTHENTICATOR = 'https://auth.example.com';

/** The device API over HTTP on real parts and a store of its own, without the rest of the provider. */
export async function deviceServer(
  options: { readonly wrap?: (store: Store) => Store; readonly authenticator?: string } = {},
) {
  const authenticator = options.authenticator ?? AUTHENTICATOR;
  const { store: opened, close: closeStore } = await tempStore();
  const store = options.wrap?.(opened) ?? opened;
  const devices = createDevices(store);
  const subscription = (input: unknown) =>
    parseSubscription(input, { allowedHosts: ['push.example.com'], allowPrivate: false });
  const enrolments = createEnrolments({
    store,
    devices,
    accountByName: async (name) => (name === 'ada' || name === 'bob' ? { sub: `acct-${name}` } : undefined),
    parseSubscription: subscription,
  });
  const audit = createAudit({ store, logger: createLogger({ level: 'silent' }) });
  const rule = { name: 'test-push', max: 1000, windowMs: null };
  const throttle = createThrottle(store);
  const guard = createAccountGuard({ store, throttle, rules: [rule] });
  const approvals = createApprovals({
    store,
    devices,
    audit,
    throttle,
    notify: () => {},
    onReported: async () => {},
    attacks: { harassment: () => {}, spray: () => {} },
    mayAnswer: async () => true,
    options: {
      lifeMs: 120_000,
      digits: 6,
      knownDigits: 6,
      maxWrong: 3,
      open: { unknown: 100, known: 100 },
      pushRules: { unknown: [rule], known: [rule] },
      wrongRule: { name: 'test-wrong', max: 10, windowMs: null },
      blockMs: 3_600_000,
      spray: {
        address: { name: 'test-spray-address', max: 1000, windowMs: 3_600_000 },
        network: { name: 'test-spray-network', max: 1000, windowMs: 3_600_000 },
      },
    },
  });
  const hub = await createWakeHub(store);
  const events: DeviceEvent[] = [];
  const app = new Koa();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // There is no provider here to be signed out of, and nobody to push to.
  const securing = {
    guard,
    audit,
    forgetBrowsers: (account: string) => forgetAll(store, account),
    closeOpen: approvals.closeOpen,
    signOutEverywhere: async () => 0,
    tell: () => {},
    pauseMs: 3_600_000,
  };
  const activity = {
    audit,
    devices,
    clientName: async (id: string) => id,
    placeOf: () => null,
    now: Date.now,
  };
  const api: DeviceApi = {
    issuer,
    party: relyingParty(issuer, authenticator),
    devices,
    enrolments,
    approvals,
    care: {
      secure: (account, device) => secureAccount(securing, account, device),
      resume: (account, device) => resumeFromDevice(securing, account, device),
      activity: (account, limit) => recentActivity(activity, account, limit),
      notices: (account, device, after) => noticesFor(store, account, device, after),
      standing: guard.standing,
    },
    proofs: { store, nonces: createServerNonces(store), now: Date.now },
    parseSubscription: subscription,
    waitFor: createWaitFor(hub),
    userNameOf: async (sub) => sub.replace('acct-', ''),
    onEvent: (event) => void events.push(event),
  };
  const router = createDeviceRoutes(api, { origins: [authenticator], requestId: () => 'req-1' });
  app.use(router.routes());
  server.on('request', app.callback());

  let chains = 0;
  return {
    issuer,
    api,
    store,
    devices,
    enrolments,
    approvals,
    guard,
    hub,
    audit,
    events,
    /** Enrols a device of `acct-<name>` and leaves it unconfirmed. */
    async claimed(name: string, key: DeviceSigner = nobleKey('EdDSA')) {
      const client = createDeviceClient({ issuer, fetch, key });
      const enrolment = await enrolments.open({ account: `acct-${name}`, userName: name, approval: 'none' });
      const ticket = { secret: linkSecret(enrolment) };
      const { device } = await client.enrol({ ticket, name: `${name}'s phone`, kind: 'web' });
      const confirm = async () =>
        enrolments.confirm(`acct-${name}`, enrolment.id, await thumbprintOf(key.jwk));
      return { id: device.id, client, key, enrolment, confirm };
    },
    /** Enrols and confirms a device of `acct-<name>`. */
    async enrolled(
      name: string,
      key: DeviceSigner = nobleKey('EdDSA'),
    ): Promise<{ id: string; client: DeviceClient; key: DeviceSigner }> {
      const client = createDeviceClient({ issuer, fetch, key });
      const enrolment = await enrolments.open({ account: `acct-${name}`, userName: name, approval: 'none' });
      const { device } = await client.enrol({
        ticket: { secret: linkSecret(enrolment) },
        name: `${name}'s phone`,
        kind: 'terminal',
      });
      await enrolments.confirm(`acct-${name}`, enrolment.id, await thumbprintOf(key.jwk));
      return { id: device.id, client, key };
    },
    /** A browser asks for an approval. */
    request: (name: string, more: Partial<ApprovalRequest> = {}) =>
      approvals.request({
        chain: `${++chains}`.padStart(43, 'x'),
        account: `acct-${name}`,
        browser: `browser-${chains}`,
        known: false,
        client: { id: 'app', name: 'App' },
        purpose: 'sign-in',
        from: { address: SAMPLE_CONTEXT.address, place: NOWHERE },
        context: () => ({ ...SAMPLE_CONTEXT, account: name }),
        ...more,
      }),
    async close() {
      if (!hub.closed) await hub.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await audit.close();
      await closeStore();
    },
  };
}

export type DeviceServer = Awaited<ReturnType<typeof deviceServer>>;
