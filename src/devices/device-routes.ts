import Router from '@koa/router';
import type { Context, Next } from 'koa';
import * as z from 'zod/mini';
import { registerCredentialBody } from '../protocol/approval-credential.ts';
import { encodeBase64url } from '../protocol/base64url.ts';
import { deviceNameSchema } from '../protocol/enrolment.ts';
import type { OfflineCodeMessage } from '../protocol/messages.ts';
import { addCareRoutes } from './care-routes.ts';
import { addChallengeRoutes } from './challenge-routes.ts';
import type { Device } from './device.ts';
import type { DeviceApi, DeviceEvent } from './device-api.ts';
import { DeviceError } from './device-error.ts';
import { answerErrors, crossOrigin, type DeviceRoutesOptions, nonceHeader } from './device-http-routes.ts';
import { deviceMessageOf } from './device-messages.ts';
import { readSubscription } from './enrolments.ts';
import { abortOnClose, waitOf } from './held-call-routes.ts';
import { type Caller, identify, identifyActive } from './identify.ts';
import { parseBody, readBody } from './read-body.ts';
import { credentialOptions, registerCredential } from './register-credential.ts';
import { verifyEnrolment } from './verify-enrolment.ts';
import type { ProofCall } from './verify-proof.ts';
import { waitConfirmed } from './wait-confirmed.ts';

const PREFIX = '/device/v1';

const renameBody = z.strictObject({ name: deviceNameSchema });
const subscriptionBody = z.strictObject({ subscription: z.nullable(z.record(z.string(), z.unknown())) });

/** `/device/v1`: the endpoints of `docs/device-protocol.md`, one by one. No cookie is read or set here. */
export function createDeviceRoutes(api: DeviceApi, options: DeviceRoutesOptions): Router {
  const router = new Router({ prefix: PREFIX });
  const issuer = api.issuer.replace(/\/$/, '');
  const address = options.address ?? ((ctx: Context) => ctx.ip);
  const tell = async (event: DeviceEvent) => api.onEvent?.(event);

  const callOf = (ctx: Context, jws: string, body?: string): ProofCall => ({
    jws,
    method: ctx.method,
    url: issuer + ctx.path,
    body,
  });
  const headerCall = (ctx: Context, body?: string) => callOf(ctx, ctx.get('dpop'), body);

  const userNameOf = async ({ account, enrolment }: Caller) =>
    enrolment?.userName ?? (await api.userNameOf(account)) ?? '';

  async function describe(ctx: Context, caller: Caller, device: Device = caller.device): Promise<void> {
    const standing = { device, state: caller.state, userName: await userNameOf(caller) };
    const message = deviceMessageOf(standing, caller.account, api, await api.applicationServerKey?.());
    // Whoever has a stolen link, and waits, is not told how its account fares (R59).
    const active = caller.state === 'active';
    const [{ pausedUntil, reportedAt }, offline] = await Promise.all([
      active ? api.care.standing(caller.account) : { pausedUntil: undefined, reportedAt: undefined },
      active ? api.offlineCodes?.generation(caller.account) : undefined,
    ]);
    ctx.body = {
      ...message,
      account: {
        ...message.account,
        ...(pausedUntil === undefined ? {} : { paused_until: Math.floor(pausedUntil / 1000) }),
        ...(reportedAt === undefined ? {} : { reported_at: Math.floor(reportedAt / 1000) }),
        ...(offline === undefined ? {} : { offline_code: offline }),
      },
    };
  }

  router.use(answerErrors(options, tell), crossOrigin(options.origins), nonceHeader(api.proofs.nonces));
  router.use(async (ctx: Context, next: Next) => {
    const retry_after = options.rate?.(address(ctx)) ?? 0;
    if (retry_after > 0) throw new DeviceError('too_many_requests', { details: { retry_after } });
    await next();
  });

  // A first call without a nonce is a 401, which a browser writes into its console in red; this is not.
  router.get('/nonce', (ctx: Context) => {
    ctx.status = 204;
  });

  router.post('/enrolments', async (ctx: Context) => {
    const retry_after = await api.throttleEnrolment?.(address(ctx));
    if (retry_after !== undefined) throw new DeviceError('too_many_requests', { details: { retry_after } });
    const verified = verifyEnrolment(await readBody(ctx.req, 'application/jose'), api.issuer);
    const enrolment = await api.enrolments.claim(verified);
    const device = enrolment.device as Device;
    await tell({ type: 'device.claimed', account: enrolment.account, device, enrolment: enrolment.id });
    const standing = { device, state: 'pending', userName: enrolment.userName } as const;
    ctx.status = 201;
    ctx.body = deviceMessageOf(standing, enrolment.account, api, await api.applicationServerKey?.());
  });

  router.get('/device', async (ctx: Context) => {
    const waitMs = waitOf(ctx);
    const call = headerCall(ctx);
    const caller = await identify(api, call);
    if (caller.state !== 'pending' || waitMs === 0) return describe(ctx, caller);
    await describe(ctx, await waitConfirmed(api, caller, waitMs, abortOnClose(ctx)));
  });

  router.patch('/device', async (ctx: Context) => {
    const body = await readBody(ctx.req, 'application/json');
    const caller = await identifyActive(api, headerCall(ctx, body));
    const { name } = parseBody(body, renameBody);
    const device = await api.devices.rename(caller.account, caller.device.id, name);
    await tell({ type: 'device.renamed', account: caller.account, device, was: caller.device.name });
    await describe(ctx, caller, device);
  });

  router.delete('/device', async (ctx: Context) => {
    const caller = await identify(api, headerCall(ctx));
    if (caller.enrolment) {
      // Confirmed in this very moment: the same call again finds a device to remove.
      if (!(await api.enrolments.cancel(caller.account, caller.enrolment.id)))
        throw new DeviceError('device_pending');
    } else {
      const device = await api.devices.revoke(caller.account, caller.device.id);
      await tell({ type: 'device.removed', account: caller.account, device });
    }
    ctx.status = 204;
  });

  router.put('/device/subscription', async (ctx: Context) => {
    const body = await readBody(ctx.req, 'application/json');
    const caller = await identifyActive(api, headerCall(ctx, body));
    const { subscription: input } = parseBody(body, subscriptionBody);
    const subscription = input === null ? null : readSubscription(api.parseSubscription, input);
    const device = await api.devices.updateSubscription(caller.account, caller.device.id, subscription);
    await tell({
      type: 'device.subscription',
      account: caller.account,
      device,
      was: caller.device.subscription,
    });
    await describe(ctx, caller, device);
  });

  addCareRoutes(
    router,
    api.care,
    (ctx) => identifyActive(api, headerCall(ctx)),
    () => api.proofs.store.now(),
  );

  router.get('/device/offline-code', async (ctx: Context) => {
    const caller = await identifyActive(api, headerCall(ctx));
    const made = await api.offlineCodes?.secretFor(caller.account, caller.device.id);
    if (!made) throw new DeviceError('not_found');
    ctx.body = {
      offline_code: made.generation,
      secret: encodeBase64url(made.secret),
    } satisfies OfflineCodeMessage;
  });

  router.get('/device/credential', async (ctx: Context) => {
    const caller = await identify(api, headerCall(ctx));
    ctx.body = await credentialOptions(api, caller, await userNameOf(caller));
  });

  router.put('/device/credential', async (ctx: Context) => {
    const body = await readBody(ctx.req, 'application/json');
    const caller = await identify(api, headerCall(ctx, body));
    const parsed = parseBody(body, registerCredentialBody);
    const { device, credential } = await registerCredential(api, caller, parsed.credential);
    await tell({ type: 'device.credential_added', account: caller.account, device, credential });
    await describe(ctx, caller, device);
  });

  addChallengeRoutes(router, api, callOf, options.wholeAddress ?? ((ctx) => ctx.ip));

  for (const [path, allow] of Object.entries(METHODS)) {
    router.all(path, (ctx: Context) => {
      ctx.set('Allow', allow);
      throw new DeviceError('method_not_allowed');
    });
  }
  router.all('/*rest', () => {
    throw new DeviceError('not_found');
  });
  return router;
}

const METHODS = {
  '/nonce': 'GET',
  '/enrolments': 'POST',
  '/device': 'GET, PATCH, DELETE',
  '/device/subscription': 'PUT',
  '/device/secure': 'POST, DELETE',
  '/device/activity': 'GET',
  '/device/notices': 'GET',
  '/device/offline-code': 'GET',
  '/device/credential': 'GET, PUT',
  '/challenges': 'GET',
  '/challenges/:id': 'GET',
  '/challenges/:id/response': 'POST',
  '/challenges/:id/receipts': 'POST',
} as const;
