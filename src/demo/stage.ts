import { mkdir, rm } from 'node:fs/promises';
import { createLogger } from '../audit/logger.ts';
import type { DeviceClient } from '../protocol/device-client.ts';
import { startServer } from '../server.ts';
import { openServices, type Services } from '../services.ts';
import { storeFile } from '../store/open.ts';
import { startDemoApp } from './app/start.ts';
import { openDemoDevice } from './demo-device.ts';
import { createDemoPhones, type DemoPhones } from './demo-phone.ts';
import { DEMO_CLIENT_ID, DEMO_SCOPE, prepareRecords, removeRecords } from './demo-records.ts';
import type { DemoSettings } from './demo-settings.ts';
import { assertPortFree } from './ports.ts';
import { fetchFrom, startSecondServer } from './second-server.ts';
import { version } from './version.ts';

/** Everything the demo consists of, running. */
export interface DemoStage {
  readonly issuer: string;
  readonly appOrigin: string;
  readonly services: Services;
  readonly device: DeviceClient;
  /** Browser windows as phones, beside the terminal. */
  readonly phones: DemoPhones;
  /** Where the device's requests go; another one than the issuer's with two processes. */
  readonly devicePort: number;
  close(): Promise<void>;
}

export interface StageOptions {
  readonly fresh: boolean;
  readonly signal: AbortSignal;
  /** Wraps what the device sends, e.g. to print it. */
  readonly watchDevice?: (fetch: typeof globalThis.fetch) => typeof globalThis.fetch;
}

/**
 * Starts provider, demo app and demo device, in this order, and prepares user and app before. What was started is
 * stopped again when a later part fails.
 *
 * @throws DemoProblem, ConfigInvalid, and what a store that cannot be opened says
 */
export async function startDemo(settings: DemoSettings, options: StageOptions): Promise<DemoStage> {
  const { config, appOrigin, dataDir, keyFile, logFile } = settings;
  const { issuer } = config;
  const undo: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (let last = undo.pop(); last; last = undo.pop()) await last();
  };
  if (settings.temporary) undo.push(() => rm(dataDir, { recursive: true, force: true }));

  try {
    await assertPortFree(config.http.port, '--port');
    await assertPortFree(Number(new URL(appOrigin).port), '--app-port');
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    if (options.fresh) await removeFiles(settings);

    const services = await openServices(config, createLogger({ level: config.log.level, file: logFile }));
    undo.push(() => services.close());
    if (options.fresh && config.store.redisUrl !== undefined) await forgetUser(services);
    const { account, clientSecret } = await prepareRecords(services, appOrigin);
    if (settings.temporary) undo.push(() => removeRecords(services, account.sub));

    const server = await startServer(services, version());
    undo.push(() => server.close());
    const { signal, watchDevice } = options;
    let fetch: typeof globalThis.fetch = watchDevice ? watchDevice(globalThis.fetch) : globalThis.fetch;
    let devicePort = server.port;
    if (settings.processes > 1) {
      const second = await startSecondServer(settings.environment, logFile.replace(/(\.log)$/, '-2$1'));
      undo.push(() => second.close());
      devicePort = second.port;
      fetch = fetchFrom(issuer, second.port, fetch);
    }

    const logger = services.logger.child({ part: 'demo app' });
    const client = { clientId: DEMO_CLIENT_ID, clientSecret, scope: DEMO_SCOPE };
    const phones = createDemoPhones(services, account);
    const app = await startDemoApp({
      issuer,
      origin: appOrigin,
      logger,
      ...client,
      phoneLink: phones.newLink,
    });
    undo.push(() => app.close());

    const device = await openDemoDevice({ services, account, issuer, keyFile, fetch, signal });
    return { issuer, appOrigin, services, device, phones, devicePort, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** `--fresh`: only files the demo has made itself. */
async function removeFiles({ dataDir, keyFile, logFile }: DemoSettings): Promise<void> {
  const store = storeFile(dataDir);
  for (const file of [store, `${store}-wal`, `${store}-shm`, keyFile, logFile])
    await rm(file, { force: true });
}

/** `--fresh` in Redis: the demo's own records, and only where they are the demo's. */
async function forgetUser(services: Services): Promise<void> {
  if (!(await services.clients.find(DEMO_CLIENT_ID))) return;
  for (const { sub } of (await services.accounts.list()).accounts) await removeRecords(services, sub);
}
