import { isDeepStrictEqual } from 'node:util';
import type Router from '@koa/router';
import type { Approvals } from '../approval/approvals.ts';
import type { WakeHub } from '../approval/wake-hub.ts';
import { recordDeviceEvent } from '../devices/audit-events.ts';
import type { DeviceCare } from '../devices/care-routes.ts';
import { createDeviceRoutes } from '../devices/device-routes.ts';
import { relyingParty } from '../devices/relying-party.ts';
import { createServerNonces } from '../devices/server-nonce.ts';
import { createWaitFor } from '../devices/wait-for.ts';
import { requestInfo } from '../http/request-info.ts';
import { createLocalRate } from '../limits/local-rate.ts';
import type { Tell, TellOldPlace } from '../push/notices.ts';
import { parseSubscription } from '../push/subscription.ts';
import type { VapidKeys } from '../push/vapid.ts';
import type { OfflineCodesService } from '../recovery/offline-codes.ts';
import { type Away, deviceAway } from '../risk/device-away.ts';
import type { Place } from '../risk/place.ts';
import type { Services } from '../services.ts';
import { MINUTE } from '../store/keys.ts';

/** Enrolments tried from one address: a typed code has 40 bits, and its account a limit of its own. */
const ENROLMENT_RULE = { name: 'enrolment-address', max: 30, windowMs: 10 * MINUTE };

/** `/device/v1`. */
export function composeDeviceApi(
  services: Services,
  parts: {
    readonly approvals: Approvals;
    readonly hub: WakeHub;
    readonly vapidKeys: VapidKeys;
    readonly care: DeviceCare;
    readonly tell: Tell;
    readonly tellOldPlace: TellOldPlace;
    readonly placeOf: (address: string) => Place;
    readonly offlineCodes: OfflineCodesService | undefined;
  },
): Router {
  const { config, store, accounts, devices, enrolments, throttle, audit, logger } = services;
  const { allowedHosts, allowPrivate } = config.push;
  const { max, window } = config.limits.deviceApi.perAddress;
  const rate = createLocalRate({ max, windowMs: window });
  return createDeviceRoutes(
    {
      issuer: config.issuer,
      party: relyingParty(config.issuer, config.authenticator.origin),
      devices,
      enrolments,
      approvals: parts.approvals,
      care: parts.care,
      ...(parts.offlineCodes ? { offlineCodes: parts.offlineCodes } : {}),
      proofs: { store, nonces: createServerNonces(store), now: Date.now },
      parseSubscription: (input) => parseSubscription(input, { allowedHosts, allowPrivate }),
      waitFor: createWaitFor(parts.hub),
      userNameOf: async (sub) => (await accounts.get(sub))?.userName,
      applicationServerKey: async () => parts.vapidKeys.publicKey,
      throttleEnrolment: async (address) => {
        const taken = await throttle.take(ENROLMENT_RULE, address);
        return taken.allowed ? undefined : Math.ceil(taken.retryAfterMs / 1000);
      },
      away: (challenge, address) => {
        const { deviceFar, signals } = config.policy;
        let away: Away | undefined;
        const measured = () => {
          const browser = parts.placeOf(challenge.from ?? challenge.context.address);
          away ??= deviceAway(browser, parts.placeOf(address), signals.deviceFarKm);
          return away;
        };
        return { measured, mustVerify: () => deviceFar === 'verify' && measured().far };
      },
      onEvent: (event) => {
        recordDeviceEvent(audit, event);
        // A device that removes itself asks nobody, so the others are told (R24).
        if (event.type === 'device.removed')
          parts.tell(event.account, { notice: 'device-removed', device: event.device.name }, [
            event.device.id,
          ]);
        if (event.type === 'device.subscription' && event.was !== null) {
          if (!isDeepStrictEqual(event.was, event.device.subscription))
            parts.tellOldPlace(event.account, event.device, event.was);
        }
      },
    },
    {
      origins: config.authenticator.origin === undefined ? [] : [config.authenticator.origin],
      address: (ctx) => requestInfo(ctx.req).neighbour,
      wholeAddress: (ctx) => requestInfo(ctx.req).address,
      rate: (address) => rate.take(address),
      requestId: (ctx) => requestInfo(ctx.req).id,
      onError: (error, ctx) => logger.error({ err: error, requestId: requestInfo(ctx.req).id }, 'device API'),
    },
  );
}
