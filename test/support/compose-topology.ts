import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import { createLogger } from '../../src/audit/logger.ts';
import { loadConfig } from '../../src/config/load.ts';
import { openServices, type Services } from '../../src/services.ts';
import { type RedisServer, startRedis } from './redis-server.ts';
import { freePort } from './start-server.ts';
import { type FrontKind, startFront, type TlsFront } from './tls-front.ts';

/** What docker-compose.yml brings up, from Debian's packages: Redis, two server processes and a TLS front. */

const ROOT = join(import.meta.dirname, '../..');

export interface ServerProcess {
  readonly port: number;
  /** kill -9. */
  kill(): Promise<void>;
  /** The same command again, on the same port; ready when this resolves. */
  startAgain(): Promise<void>;
}

export interface Topology {
  readonly issuer: string;
  readonly front: TlsFront;
  readonly servers: readonly ServerProcess[];
  /** The same store, for putting people and apps there. */
  readonly services: Services;
  stop(): Promise<void>;
}

/** @param host the public name, COUNTERSIGN_HOST of the compose file. */
export async function startTopology(kind: FrontKind, host: string): Promise<Topology> {
  const { services: parts } = parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true });
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const one of stops.reverse()) await one();
  };
  try {
    const [, ...redisArgs] = parts.redis.command as string[];
    const redis: RedisServer = await startRedis({ args: redisArgs });
    stops.push(redis.stop);

    // The environment of the compose file, where only the addresses are this machine's.
    const environment: Record<string, string> = {};
    for (const [name, value] of Object.entries(parts['server-1'].environment as Record<string, string>)) {
      environment[name] = value
        .replace(/\$\{COUNTERSIGN_HOST[^}]*\}/, host)
        .replace('redis://redis:6379', redis.url)
        .replace(parts.front.networks.outside.ipv4_address, '127.0.0.1');
    }
    const servers = await Promise.all(
      ['server-1', 'server-2'].map(async () => startServerProcess(environment, await freePort(), stops)),
    );
    const front = await startFront(kind, { host, upstreams: servers.map(({ port }) => port) });
    stops.push(front.stop);

    const config = loadConfig({ env: environment, cwd: tmpdir() });
    const services = await openServices(
      config,
      createLogger({ level: 'silent', stream: { write: () => {} } }),
    );
    stops.push(() => services.close());
    return { issuer: config.issuer, front, servers, services, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startServerProcess(
  environment: Readonly<Record<string, string>>,
  port: number,
  stops: (() => Promise<void>)[],
): Promise<ServerProcess> {
  let child: ChildProcess;
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  const startAgain = async () => {
    let said = '';
    child = spawn(process.execPath, [join(ROOT, 'bin/countersign.js'), 'serve'], {
      cwd: tmpdir(), // no config/ there: the environment says everything, as in the image
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        COUNTERSIGN_HTTP_PORT: `${port}`,
        ...environment,
      },
    });
    child.stderr?.on('data', (chunk) => {
      said += chunk;
    });
    const ready = async () =>
      (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.ok ?? false;
    for (const end = performance.now() + 30_000; !(await ready()); await delay(50)) {
      if (child.exitCode !== null || performance.now() > end) throw new Error(`no server: ${said}`);
    }
  };
  stops.push(kill);
  const atExit = () => child.kill('SIGKILL');
  process.once('exit', atExit);
  stops.push(async () => void process.off('exit', atExit));
  await startAgain();
  return { port, kill, startAgain };
}
