import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInvitationRoutes } from './accounts/invitation-pages.ts';
import { createInvitations } from './accounts/invitations.ts';
import * as knownBrowsers from './accounts/known-browsers.ts';
import { createApp } from './app.ts';
import { createApprovals } from './approval/approvals.ts';
import { createPoll } from './approval/poll-routes.ts';
import { createWaitingPages } from './approval/waiting-pages.ts';
import { createWakeHub } from './approval/wake-hub.ts';
import { recordLibraryEvents, recordLogin } from './authorize/audit-events.ts';
import { createInteractions } from './authorize/interactions.ts';
import { openKeyring } from './authorize/keyring.ts';
import { createLibraryPages } from './authorize/library-pages.ts';
import { mountProvider } from './authorize/mount.ts';
import { outgoingFetch } from './authorize/outgoing-fetch.ts';
import { buildProvider } from './authorize/provider.ts';
import { refusedClients } from './authorize/refused-clients.ts';
import { requestScope } from './authorize/request-scope.ts';
import { loadServerSecrets, pairwiseSubject } from './authorize/server-secrets.ts';
import { toProviderMetadata } from './clients/metadata.ts';
import type { Config } from './config/schema.ts';
import { createConsentPages } from './consent/consent-pages.ts';
import { recordDeviceEvent } from './devices/audit-events.ts';
import { createDeviceRoutes } from './devices/device-routes.ts';
import { createServerNonces } from './devices/server-nonce.ts';
import { createWaitFor } from './devices/wait-for.ts';
import { loadAssets } from './http/assets.ts';
import { healthRouter } from './http/health-routes.ts';
import { createRenderer } from './http/render.ts';
import { requestInfo } from './http/request-info.ts';
import { createParkedLimits } from './limits/parked.ts';
import { loadBlocklist } from './password/blocklist.ts';
import { createPasswordCheck } from './password/check-password.ts';
import { createHashPool } from './password/hash-pool.ts';
import { createPasswordPages } from './password/password-pages.ts';
import { recordPush } from './push/audit-events.ts';
import { createPushDispatcher } from './push/dispatcher.ts';
import { forgetSubscription } from './push/forget-subscription.ts';
import { createNotifier } from './push/notify-devices.ts';
import { createPusher } from './push/send.ts';
import { parseSubscription } from './push/subscription.ts';
import { loadVapidKeys } from './push/vapid.ts';
import { createClientAddress } from './risk/client-address.ts';
import { createPlaces } from './risk/place.ts';
import type { Services } from './services.ts';
import {
  approvalOptions,
  organisationOf,
  passwordRules,
  providerTtl,
  rotationPlan,
  subjectOf,
} from './settings.ts';

export interface RunningServer {
  /** Where it listens, e.g. `http://127.0.0.1:3000`. */
  readonly address: string;
  readonly port: number;
  /** Makes new signing keys now. */
  rotateKeys(): Promise<
    readonly { readonly kid: string; readonly alg: string; readonly signsFrom: number }[]
  >;
  /** Signs an account out everywhere. @returns how many sessions ended. */
  signOutEverywhere(sub: string): Promise<number>;
  /** Stops taking requests, answers what is parked, lets the rest finish within the grace time. */
  close(): Promise<void>;
}

const VIEWS = join(import.meta.dirname, '..', 'views');

/**
 * The composition root: services → keys → provider → pages → app → listen. Everything is made here and handed down;
 * nothing else in the source reaches for the configuration.
 */
export async function startServer(services: Services, version: string): Promise<RunningServer> {
  const { config, logger, store, accounts, clients, devices, enrolments, throttle, audit } = services;
  const { issuer } = config;
  const { origin } = new URL(issuer);

  const [keyring, secrets, vapidKeys, hub, blocklist] = await Promise.all([
    openKeyring(store, rotationPlan(config)),
    loadServerSecrets(store),
    loadVapidKeys(store),
    createWakeHub(store),
    loadBlocklist(
      config.password.blocklistFile === undefined ? {} : { extraFile: config.password.blocklistFile },
    ),
  ]);
  const pool = createHashPool(config.password.argon2);
  const assets = loadAssets(join(VIEWS, 'assets'));
  const render = createRenderer({
    viewsDir: VIEWS,
    cache: true,
    organisation: organisationOf(config),
    assets,
  });
  const placeOf = createPlaces();

  // Push
  const endpointRules = { allowedHosts: config.push.allowedHosts, allowPrivate: config.push.allowPrivate };
  const dispatcher = createPushDispatcher({
    ...endpointRules,
    timeoutMs: config.push.timeout,
    ...(config.push.caFile === undefined ? {} : { ca: readFileSync(config.push.caFile, 'utf8') }),
  });
  const pusher = createPusher({ vapidKeys, subject: subjectOf(config), dispatcher });
  const notifier = createNotifier({
    pusher,
    record: (event) => recordPush(audit, event),
    onGone: (device, endpoint) => forgetSubscription(devices, device, endpoint),
    onSent: async (challenge, device) => {
      await approvals.receipt(challenge.id, device, 'sent');
    },
  });
  const approvals = createApprovals({
    store,
    devices,
    throttle,
    audit,
    notify: (challenge, all) => notifier.notify(challenge, all),
    options: approvalOptions(config),
  });

  // oidc-provider
  const account = (sub: string) => {
    const read = requestScope().accounts;
    const found = read.get(sub) ?? accounts.get(sub);
    read.set(sub, found);
    return found;
  };
  const client = async (id: string) => {
    const found = await clients.find(id);
    return found && { ...toProviderMetadata(found) };
  };
  const pages = createLibraryPages(render, placeOf);
  const outgoing = outgoingFetch(config.http.allowPrivateOutbound);
  const mount = mountProvider(keyring, (keys) => {
    const provider = buildProvider(
      {
        issuer,
        store,
        secrets,
        pages,
        onLogin: (ctx, anew) => recordLogin(audit, ctx, anew),
        adapter: { store, account, client, sessionLifeMs: config.session.life },
        ...(outgoing ? { fetch: outgoing } : {}),
        resources: config.resources,
        features: config.features,
        ttl: providerTtl(config),
      },
      keys,
    );
    recordLibraryEvents(provider, audit, logger);
    return provider;
  });
  const refused = await refusedClients(
    mount.current(),
    config.clients.map(({ clientId }) => clientId),
  );
  if (refused.length > 0) {
    const list = refused.map(({ clientId, reason }) => `client ${clientId}: ${reason}`).join('; ');
    throw new Error(`clients of the configuration are refused: ${list}`);
  }
  const interactions = createInteractions(mount.current, issuer, (forClient, sub) =>
    forClient.subjectType === 'pairwise'
      ? pairwiseSubject(secrets, String(forClient.sectorIdentifier ?? forClient.clientId), sub)
      : sub,
  );

  // Pages of a sign-in
  const check = createPasswordCheck({
    store,
    accounts,
    pool,
    throttle,
    rules: passwordRules(config),
    maxLength: config.password.maxLength,
    onRehashFailed: (error) => logger.warn({ err: error }, 'rehash failed'),
  });
  const common = { interactions, approvals, placeOf, render, audit, accounts, origin, issuer, store };
  const parked = createParkedLimits(config.limits.longPoll);
  const signin = {
    interactions,
    password: createPasswordPages({ ...common, check }),
    waiting: createWaitingPages({
      ...common,
      known: {
        isKnown: (sub, browser) => knownBrowsers.isKnown(store, sub, browser),
        remember: (sub, browser) => knownBrowsers.remember(store, sub, browser, config.session.knownBrowser),
      },
      passwordProofS: config.session.passwordProof / 1000,
      resendAfterMs: config.challenge.resendAfter,
      lifeMs: config.challenge.life,
      authenticator: config.authenticator.origin ?? null,
    }),
    consent: createConsentPages(common),
    poll: createPoll({ approvals, hub, parked, issuer, holdMs: config.limits.longPoll.hold }),
  };

  // Devices and invitations
  const enrolmentRule = { name: 'enrolment-address', max: 30, windowMs: 10 * 60_000 };
  const deviceApi = createDeviceRoutes(
    {
      issuer,
      devices,
      enrolments,
      approvals,
      proofs: { store, nonces: createServerNonces(store), now: Date.now },
      parseSubscription: (input) => parseSubscription(input, endpointRules),
      waitFor: createWaitFor(hub),
      userNameOf: async (sub) => (await accounts.get(sub))?.userName,
      applicationServerKey: async () => vapidKeys.publicKey,
      throttleEnrolment: async (address) => {
        const taken = await throttle.take(enrolmentRule, address);
        return taken.allowed ? undefined : Math.ceil(taken.retryAfterMs / 1000);
      },
      onEvent: (event) => recordDeviceEvent(audit, event),
    },
    {
      origins: config.authenticator.origin === undefined ? [] : [config.authenticator.origin],
      address: (ctx) => requestInfo(ctx.req).address,
      requestId: (ctx) => requestInfo(ctx.req).id,
      onError: (error, ctx) => logger.error({ err: error, requestId: requestInfo(ctx.req).id }, 'device API'),
    },
  );
  const invitations = createInvitationRoutes({
    invitations: createInvitations({ store, accounts, audit }),
    accounts,
    devices,
    enrolments,
    pool,
    check,
    hub,
    parked,
    audit,
    render,
    throttle,
    origin,
    issuer,
    authenticator: config.authenticator.origin,
    holdMs: config.limits.longPoll.hold,
    passwordRules: {
      minLength: config.password.minLength,
      maxLength: config.password.maxLength,
      organisation: config.organisation.name,
      blocklist,
    },
  });

  const health = { stopping: false };
  const app = createApp({
    issuer,
    logger,
    render,
    assets,
    clientAddress: createClientAddress(config.http.trustedProxies, { header: config.http.forwardedHeader }),
    health: healthRouter(store, health),
    deviceApi,
    signin,
    invitations,
    provider: mount,
  });

  const server = await listen(config, app.callback());
  const { port } = server.address() as AddressInfo;
  audit.record({ type: 'server.started', version, engine: store.engine });
  logger.info({ issuer, port, engine: store.engine, version }, 'listening');

  return {
    address: `${config.http.tls ? 'https' : 'http'}://${hostForUrl(config.http.host)}:${port}`,
    port,
    rotateKeys: () => keyring.rotate(),
    async signOutEverywhere(sub) {
      const { signOutEverywhere } = await import('./session/sign-out-everywhere.ts');
      const onLogoutFailed = (clientId: string, error: unknown) =>
        logger.warn({ err: error, client: clientId }, 'back-channel logout failed');
      const sessions = await signOutEverywhere(
        { store, accounts, provider: mount.current, onLogoutFailed },
        sub,
      );
      audit.record({ type: 'session.ended_everywhere', account: sub, by: 'cli', sessions });
      return sessions;
    },
    async close() {
      health.stopping = true;
      audit.record({ type: 'server.stopped', reason: 'asked to' });
      const closed = new Promise((resolve) => server.close(resolve));
      await hub.close(); // answers everything that is parked; the pages poll another node
      // Again and again: a kept-alive connection becomes idle only after its last answer.
      const idle = setInterval(() => server.closeIdleConnections(), 50);
      const hard = setTimeout(() => server.closeAllConnections(), config.http.shutdownGrace);
      await closed;
      clearInterval(idle);
      clearTimeout(hard);
      await Promise.all([notifier.close(), keyring.close(), check.idle()]);
      await Promise.all([dispatcher.close(), pool.close()]);
    },
  };
}

async function listen(config: Config, handler: http.RequestListener): Promise<http.Server> {
  const { host, port, tls, requestTimeout } = config.http;
  const server = tls
    ? https.createServer(
        {
          cert: readFileSync(tls.certFile),
          key: readFileSync(tls.keyFile),
          minVersion: 'TLSv1.2',
          // FAPI 2.0: only forward-secret AEAD suites on TLS 1.2.
          ciphers:
            'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:' +
            'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384',
        },
        handler,
      )
    : http.createServer(handler);
  // Longer than a long poll is held; a body that trickles in is cut off (F24).
  server.requestTimeout = requestTimeout;
  server.headersTimeout = Math.min(requestTimeout, 20_000);
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`http.port: ${port} on ${host} is in use by another process; choose another port`)
          : error,
      );
    });
    server.listen(port, host, resolve);
  });
  return server;
}

const hostForUrl = (host: string) => (host.includes(':') ? `[${host}]` : host);
