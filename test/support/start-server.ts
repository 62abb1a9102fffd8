import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '../../src/audit/logger.ts';
import { loadConfig } from '../../src/config/load.ts';
import { type RunningServer, startServer } from '../../src/server.ts';
import { openServices, type Services } from '../../src/services.ts';
import type { Store } from '../../src/store/port.ts';

export interface TestServerOptions {
  /** Without it the embedded store on a folder of its own. */
  readonly redisUrl?: string;
  /** Shares another server's store: its data folder or Redis prefix. */
  readonly beside?: Pick<TestServer, 'issuer' | 'dataDir' | 'redisPrefix'>;
  /** Sections of the configuration file. */
  readonly config?: Record<string, unknown>;
  readonly wrapStore?: (store: Store) => Store;
  /** ms added to the store's clock (Redis; the embedded store follows Date.now). */
  readonly offsetMs?: () => number;
  /** Gets every log line. */
  readonly onLog?: (line: string) => void;
}

export interface TestServer {
  readonly issuer: string;
  readonly services: Services;
  readonly server: RunningServer;
  readonly dataDir: string;
  readonly redisPrefix: string;
  close(): Promise<void>;
}

/** Cheapest parameters the configuration accepts: tests wait for many passwords. */
const CHEAP_ARGON2 = { memoryKiB: 7168, iterations: 5, parallelism: 1, threads: 1 };

/** The whole server, as `countersign serve` runs it, on a free port of `localhost`. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const port = await freePort();
  const dataDir = options.beside?.dataDir ?? (await mkdtemp(join(tmpdir(), 'countersign-test-')));
  const redisPrefix = options.beside?.redisPrefix ?? `t${port}-${process.pid}:`;
  const issuer = options.beside?.issuer ?? `http://localhost:${port}`;
  const file = join(dataDir, `config-${port}.yaml`);
  const given = options.config ?? {};
  await writeFile(
    file,
    JSON.stringify({
      issuer,
      ...given,
      http: { port, ...(given['http'] as object) },
      password: { argon2: CHEAP_ARGON2, ...(given['password'] as object) },
      store: {
        dataDir,
        redisPrefix,
        ...(options.redisUrl ? { redisUrl: options.redisUrl } : {}),
        ...(given['store'] as object),
      },
    }),
  );
  const config = loadConfig({ file, env: {}, cwd: dataDir });
  const { onLog } = options;
  const logger = createLogger(
    onLog ? { level: 'debug', stream: { write: onLog } } : { level: 'silent', stream: { write: () => {} } },
  );
  const services = await openServices(config, logger, {
    ...(options.offsetMs ? { offsetMs: options.offsetMs } : {}),
    ...(options.wrapStore ? { wrapStore: options.wrapStore } : {}),
  });
  const server = await startServer(services, '0.0.0-test');
  return {
    issuer,
    services,
    server,
    dataDir,
    redisPrefix,
    async close() {
      await server.close();
      await services.close();
      if (!options.beside) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A port nobody listens on now. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
