import type { Logger } from 'pino';
import { type Accounts, createAccounts } from './accounts/accounts.ts';
import { type AccountGuard, createAccountGuard } from './approval/account-guard.ts';
import { type Audit, createAudit } from './audit/audit.ts';
import { type Clients, createClients } from './clients/clients.ts';
import type { Config } from './config/schema.ts';
import { enrolmentApprovedBy } from './devices/approved-enrolment.ts';
import { createDevices, type Devices } from './devices/devices.ts';
import { createEnrolments, type Enrolments } from './devices/enrolments.ts';
import { currentRequestId } from './http/request-info.ts';
import { createThrottle, type Throttle } from './limits/throttle.ts';
import { createPasskeys, type Passkeys } from './passkey/passkeys.ts';
import { parseSubscription } from './push/subscription.ts';
import { accountClient } from './self-service/account-client.ts';
import { approvalOptions } from './settings.ts';
import { openStore } from './store/open.ts';
import type { Store } from './store/port.ts';

/** The records and their rules over one store: what the server and every command of the CLI start from. */
export interface Services {
  readonly config: Config;
  readonly logger: Logger;
  readonly store: Store;
  readonly accounts: Accounts;
  readonly clients: Clients;
  readonly devices: Devices;
  readonly enrolments: Enrolments;
  readonly passkeys: Passkeys;
  readonly throttle: Throttle;
  readonly guard: AccountGuard;
  readonly audit: Audit;
  close(): Promise<void>;
}

/** For tests. */
export interface ServicesOptions {
  /** Looks on, or slows down: what is returned is used in the store's place. */
  readonly wrapStore?: (store: Store) => Store;
  /** ms added to the store's clock (Redis). */
  readonly offsetMs?: () => number;
}

/** @throws Error with a sentence for people when the store cannot be opened. */
export async function openServices(
  config: Config,
  logger: Logger,
  options: ServicesOptions = {},
): Promise<Services> {
  const { redisUrl, redisPrefix, dataDir, wait } = config.store;
  const opened = await openStore({
    redisUrl,
    dataDir,
    redis: {
      prefix: redisPrefix,
      warn: (sentence) => logger.warn(sentence),
      ...(wait.replicas > 0 ? { wait: { replicas: wait.replicas, timeoutMs: wait.timeout } } : {}),
      ...(options.offsetMs ? { offsetMs: options.offsetMs } : {}),
    },
  });
  const store = options.wrapStore?.(opened) ?? opened;
  const accounts = createAccounts({ store });
  const devices = createDevices(store);
  const audit = createAudit({ store, logger, currentRequestId });
  const throttle = createThrottle(store);
  const { allowedHosts, allowPrivate } = config.push;
  return {
    config,
    logger,
    store,
    accounts,
    devices,
    audit,
    clients: createClients(store, config.clients, [accountClient(config.issuer, config.account.floor)]),
    enrolments: createEnrolments({
      store,
      devices,
      accountByName: (name) => accounts.findByName(name),
      parseSubscription: (input) => parseSubscription(input, { allowedHosts, allowPrivate }),
      approvedBy: (enrolment) => enrolmentApprovedBy(store, enrolment),
    }),
    passkeys: createPasskeys(store),
    throttle,
    guard: createAccountGuard({ store, throttle, rules: approvalOptions(config).pushRules.unknown }),
    async close() {
      await audit.close();
      await store.close();
    },
  };
}
