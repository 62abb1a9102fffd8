import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createLogger } from '../../src/audit/logger.ts';
import { loadConfig } from '../../src/config/load.ts';
import { openServices, type Services } from '../../src/services.ts';
import { freePort } from '../../test/support/start-server.ts';
import { type Child, startChild } from './child.ts';
import { CLIENT } from './sign-in.ts';

const ENTRY = resolve(import.meta.dirname, '../../bin/countersign.js');

/** `countersign serve` in processes of its own, with the records and rules over the same store for the benchmark. */
export interface Installation {
  readonly issuer: string;
  readonly services: Services;
  readonly folder: string;
  /** One more process of the installation; the first one listens on the issuer's port. */
  start(): Promise<RealServer>;
  close(): Promise<void>;
}

export interface RealServer extends Child {
  readonly port: number;
}

const ROOMY = { max: 100_000, window: '10min' };

/** Nothing of the limits is measured here, except where a benchmark says so. */
const ROOMY_LIMITS = {
  password: { perAccount: ROOMY, perAddress: ROOMY, knownBrowser: ROOMY },
  push: {
    perAccount: [{ max: 1000, window: '1s' }],
    knownBrowser: ROOMY,
    accountsPerAddress: ROOMY,
    accountsPerNetwork: ROOMY,
  },
  front: { perAddress: ROOMY },
  deviceApi: { perAddress: ROOMY },
  longPoll: {
    perInteraction: 20,
    perAccount: 100,
    perAddress: 1_000_000,
    perProcess: 1_000_000,
    hold: '55s',
  },
};

export async function createInstallation(
  options: {
    readonly redisUrl?: string;
    readonly config?: Record<string, unknown>;
    /** Of the server processes, besides this one's own. */
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-bench-'));
  const issuerPort = await freePort();
  const issuer = `http://localhost:${issuerPort}`;
  const running: Child[] = [];

  async function configFile(port: number): Promise<string> {
    const file = join(folder, `config-${port}.yaml`);
    const content = {
      issuer,
      limits: ROOMY_LIMITS,
      clients: [CLIENT],
      ...options.config,
      http: { port },
      store: {
        dataDir: folder,
        redisPrefix: `b${issuerPort}:`,
        ...(options.redisUrl === undefined ? {} : { redisUrl: options.redisUrl }),
      },
    };
    await writeFile(file, JSON.stringify(content));
    return file;
  }

  const config = loadConfig({ file: await configFile(issuerPort), env: {}, cwd: folder });
  const services = await openServices(config, createLogger({ level: 'silent', stream: { write: () => {} } }));
  return {
    issuer,
    services,
    folder,
    async start() {
      const port = running.length === 0 ? issuerPort : await freePort();
      const args = ['serve', '--config', await configFile(port)];
      const child = startChild(ENTRY, { args, cwd: folder, env: options.env ?? {} });
      running.push(child);
      const ended = child.next((_message): _message is never => false);
      await Promise.race([ended, answers(`http://127.0.0.1:${port}/livez`)]);
      ended.catch(() => {});
      return { ...child, port };
    },
    async close() {
      await Promise.all(running.map((child) => child.stop()));
      await services.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function answers(url: string): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; await delay(50)) {
    const status = await fetch(url).then(
      async (response) => {
        await response.arrayBuffer();
        return response.status;
      },
      () => 0,
    );
    if (status === 200) return;
  }
  throw new Error(`${url} does not answer`);
}
