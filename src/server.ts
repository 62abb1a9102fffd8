import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createAnnouncePasskeys } from './accounts/announce-passkeys.ts';
import { createBeginInvitation } from './accounts/begin-invitation.ts';
import { createInvitationRoutes } from './accounts/invitation-pages.ts';
import { createInvitations } from './accounts/invitations.ts';
import { type AppParts, createHandler, routesOf } from './app.ts';
import { type Approvals, createApprovals } from './approval/approvals.ts';
import { createAttackWatch } from './approval/attack-watch.ts';
import { createWakeHub } from './approval/wake-hub.ts';
import { openKeyring } from './authorize/keyring.ts';
import { loadServerSecrets } from './authorize/server-secrets.ts';
import { composeAccountCare } from './composition/account-care.ts';
import { authenticatorUrl, composeAuthenticator, enrolPage } from './composition/authenticator.ts';
import { composeDeviceApi } from './composition/device-api.ts';
import { composeMail } from './composition/mail.ts';
import { composeOfflineCodes } from './composition/offline-codes.ts';
import { composeProvider } from './composition/provider.ts';
import { composePush } from './composition/push.ts';
import { composeRemembered } from './composition/remembered.ts';
import { composeRisk } from './composition/risk.ts';
import { composeSelfService } from './composition/self-service.ts';
import { composeEndSignIns, signOutWith } from './composition/sign-out.ts';
import { composeSigninPages } from './composition/signin-pages.ts';
import { healthRouter } from './http/health-routes.ts';
import { createInProcess } from './http/in-process.ts';
import { listen } from './http/listen.ts';
import { loadPageAssets } from './http/page-assets.ts';
import { createRenderer } from './http/render.ts';
import { createLocalRate } from './limits/local-rate.ts';
import { createParkedLimits } from './limits/parked.ts';
import { loadAttestationRoots } from './passkey/attestation-roots.ts';
import { relatedOriginsRouter } from './passkey/related-origins-routes.ts';
import { loadBlocklist } from './password/blocklist.ts';
import { createPasswordCheck } from './password/check-password.ts';
import { createHashPool } from './password/hash-pool.ts';
import { keepNotice } from './push/notice-log.ts';
import { createTeller } from './push/notices.ts';
import { loadVapidKeys } from './push/vapid.ts';
import { createClientAddress } from './risk/client-address.ts';
import { createPlaces } from './risk/place.ts';
import { ACCOUNT_PATH } from './self-service/account-client.ts';
import type { Services } from './services.ts';
import { ACR } from './session/ladder.ts';
import {
  approvalOptions,
  organisationOf,
  passkeyRequirements,
  passwordRules,
  placesOptions,
  rotationPlan,
} from './settings.ts';

export interface RunningServer {
  /** Where it listens, e.g. `http://127.0.0.1:3000`. */
  readonly address: string;
  readonly port: number;
  /** Every route of the server, so that a test can try each, and a new one is tried by itself. */
  readonly routes: readonly { readonly methods: readonly string[]; readonly path: string }[];
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
 * The composition root: keys and secrets → what everybody uses → the four parts of a sign-in → the app → listen.
 * Everything is made here (and in `composition/`) and handed down; nothing else reaches for the configuration.
 *
 * @throws Error in words when something of the configuration cannot be used.
 */
export async function startServer(services: Services, version: string): Promise<RunningServer> {
  const { config, logger, store, accounts, devices, enrolments, throttle, audit } = services;
  const { issuer, password, http, limits } = config;

  const authenticator = composeAuthenticator(config, logger);
  const [keyring, secrets, vapidKeys, hub, blocklist] = await Promise.all([
    openKeyring(store, rotationPlan(config)),
    loadServerSecrets(store),
    loadVapidKeys(store),
    createWakeHub(store),
    loadBlocklist(password.blocklistFile === undefined ? {} : { extraFile: password.blocklistFile }),
  ]);
  const { attestation, roots, allowedModels, relatedOrigins } = config.passkeys;
  const passkeyRules = { attestation, roots: loadAttestationRoots(roots), allowedModels };
  const assets = loadPageAssets(VIEWS);
  const render = createRenderer({
    viewsDir: VIEWS,
    cache: true,
    organisation: organisationOf(config),
    assets,
  });
  const places = createPlaces(placesOptions(config, logger));
  const { placeOf } = places;
  const clientAddress = createClientAddress(http.trustedProxies, { header: http.forwardedHeader });
  const parked = createParkedLimits(limits.longPoll);
  const pool = createHashPool(password.argon2);
  const check = createPasswordCheck({
    store,
    accounts,
    pool,
    throttle,
    rules: passwordRules(config),
    maxLength: password.maxLength,
    onRehashFailed: (error) => logger.warn({ err: error }, 'rehash failed'),
  });

  const push = composePush(services, vapidKeys, async (challenge, device) => {
    await approvals.receipt(challenge.id, device, 'sent');
  });
  const mail = composeMail(services);
  const teller = createTeller({
    accounts,
    devices,
    notifier: push.notifier,
    byMail: mail.tell,
    keep: (account, notice, except) => keepNotice(store, account, notice, except),
    onFailed: (error) => logger.error({ err: error }, 'telling devices'),
  });
  const { tell, tellOldPlace } = teller;
  const approvals: Approvals = createApprovals({
    store,
    devices,
    throttle,
    audit,
    mayAnswer: async (sub) => {
      const account = await accounts.get(sub);
      return account !== undefined && !account.disabled;
    },
    notify: (challenge, all) => push.notifier.notify(challenge, all),
    onReported: (challenge, device) => care.reported(challenge, device),
    attacks: createAttackWatch({ audit, tell }),
    options: approvalOptions(config),
  });
  const offlineCodes = composeOfflineCodes(services);
  const announce = createAnnouncePasskeys({
    store,
    accounts,
    requirements: passkeyRequirements(config),
    tell,
    now: Date.now,
  });
  const invited = createInvitations({ store, accounts, audit });
  const remembered = await composeRemembered(services, {
    signOutEverywhere: (account) => signOutWith(services, mount.current, account, 'server'),
    tell,
  });
  const { mount, interactions } = await composeProvider(services, {
    keyring,
    secrets,
    render,
    placeOf,
    onLogin: async ({ login, browser }) => {
      if (login?.acr === ACR.remembered) await remembered.confirm(login.accountId, browser);
      if (login) await announce.tellOnce(login.accountId);
    },
  });
  const newPasswordRules = {
    minLength: password.minLength,
    maxLength: password.maxLength,
    organisation: config.organisation.name,
    blocklist,
  };
  const care = composeAccountCare(services, { provider: mount, approvals, placeOf, tell });
  const deviceApi = composeDeviceApi(services, {
    approvals,
    hub,
    vapidKeys,
    care,
    tell,
    tellOldPlace,
    placeOf,
    offlineCodes,
  });
  const invitations = createInvitationRoutes({
    invitations: invited,
    accounts,
    devices,
    passkeys: services.passkeys,
    enrolments,
    pool,
    check,
    hub,
    parked,
    audit,
    render,
    throttle,
    origin: new URL(issuer).origin,
    issuer,
    enrolPage: enrolPage(config),
    accountPage: ACCOUNT_PATH,
    holdMs: limits.longPoll.hold,
    passwordRules: newPasswordRules,
    endSignIns: composeEndSignIns(services, mount),
    tell,
  });

  const { origin } = new URL(issuer);
  const inProcess = createInProcess(origin);
  const { router: selfService, offer } = composeSelfService(services, {
    provider: mount,
    approvals,
    hub,
    parked,
    render,
    placeOf,
    fetch: inProcess.fetch,
    tell,
    offlineCodes,
    announce,
    care,
    check,
    pool,
    passwordRules: newPasswordRules,
    passkeyRules,
    enrolPage: enrolPage(config),
    interactions,
    authenticator: authenticatorUrl(config),
  });
  const signin = composeSigninPages(services, {
    provider: mount,
    interactions,
    approvals,
    hub,
    parked,
    check,
    render,
    placeOf,
    risk: composeRisk(services, placeOf),
    clientAddress,
    tell,
    pool,
    passwordRules: newPasswordRules,
    offlineCodes,
    announce,
    beginInvitation: createBeginInvitation({ invitations: invited, enrolments, audit, issuer }),
    remembered,
    offer,
  });

  const health = { stopping: false };
  const parts: AppParts = {
    issuer,
    logger,
    render,
    assets,
    authenticator,
    clientAddress,
    health: healthRouter(store, health),
    deviceApi,
    signin,
    invitations,
    selfService,
    relatedOrigins: relatedOriginsRouter(relatedOrigins),
    provider: mount,
    rate: createLocalRate({ max: limits.front.perAddress.max, windowMs: limits.front.perAddress.window }),
  };
  const handler = createHandler(parts);
  inProcess.serve(handler);
  const { host, port: wantedPort, tls, requestTimeout } = http;
  const server = await listen(
    { host, port: wantedPort, requestTimeoutMs: requestTimeout, ...(tls ? { tls } : {}) },
    handler,
  );
  const { port } = server.address() as AddressInfo;
  audit.record({ type: 'server.started', version, engine: store.engine });
  logger.info({ issuer, port, engine: store.engine, version }, 'listening');

  return {
    address: `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    routes: routesOf(parts),
    rotateKeys: () => keyring.rotate(),
    signOutEverywhere: (sub) => signOutWith(services, mount.current, sub, 'cli'),
    async close() {
      health.stopping = true;
      audit.record({ type: 'server.stopped', reason: 'asked to' });
      const closed = new Promise((resolve) => server.close(resolve));
      await hub.close(); // answers everything that is parked; the pages poll another node
      // Again and again: a kept-alive connection becomes idle only after its last answer.
      const idle = setInterval(() => server.closeIdleConnections(), 50);
      const hard = setTimeout(() => server.closeAllConnections(), http.shutdownGrace);
      await closed;
      clearInterval(idle);
      clearTimeout(hard);
      places.close();
      await teller.idle();
      await Promise.all([push.close(), mail.close(), keyring.close(), check.idle()]);
      await pool.close();
    },
  };
}
