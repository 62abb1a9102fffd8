import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

/** Real Redis servers for tests, on free ports of the loopback, without persistence; each dies with `stop`. */

const run = promisify(execFile);

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** The process, for SIGSTOP and SIGKILL. */
  readonly pid: number;
  stop(): Promise<void>;
}

export interface RedisGroup {
  readonly url: string;
  readonly ports: readonly number[];
  stop(): Promise<void>;
}

export interface RedisServerOptions {
  /** More of the command line, e.g. `['--maxmemory', '10mb']`. */
  readonly args?: readonly string[];
  /** Default: a free one. */
  readonly port?: number;
  /** Asks every client for it. */
  readonly password?: string;
}

/** A lone server; ready when this resolves. */
export async function startRedis({
  args = [],
  port,
  password,
}: RedisServerOptions = {}): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-redis-'));
  const chosen = port ?? (await freePort());
  const common = ['--port', `${chosen}`, '--bind', '127.0.0.1', '--dir', folder];
  const secret = password === undefined ? [] : ['--requirepass', password];
  const server = start([...common, '--save', '', '--appendonly', 'no', ...secret, ...args]);
  const stop = async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await until(async () => /^(PONG|NOAUTH)/.test(await cli(chosen, 'ping')));
  } catch (error) {
    await stop();
    throw error;
  }
  const credentials = password === undefined ? '' : `:${encodeURIComponent(password)}@`;
  return { url: `redis://${credentials}127.0.0.1:${chosen}`, port: chosen, pid: server.pid, stop };
}

/** A Cluster of three masters without replicas, about two seconds. */
export async function startCluster(): Promise<RedisGroup> {
  const args = [
    '--cluster-enabled',
    'yes',
    '--cluster-config-file',
    'nodes.conf',
    '--cluster-node-timeout',
    '2000',
  ];
  const servers = await startAll(3, () => startRedis({ args }));
  const ports = servers.map(({ port }) => port);
  const stop = () => stopAll(servers);
  try {
    const nodes = ports.map((port) => `127.0.0.1:${port}`);
    await run('redis-cli', ['--cluster', 'create', ...nodes, '--cluster-replicas', '0', '--cluster-yes']);
    for (const port of ports) {
      await until(async () => (await cli(port, 'cluster', 'info')).includes('cluster_state:ok'));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `redis+cluster://${ports.map((port) => `127.0.0.1:${port}`).join(',')}`, ports, stop };
}

/** A master `m1`, one replica and three Sentinels; `ports` are the Sentinels', then master and replica. */
export async function startSentinel(): Promise<RedisGroup & { readonly servers: readonly RedisServer[] }> {
  const servers: RedisServer[] = [];
  const sentinels: { port: number; stop(): Promise<void> }[] = [];
  const folder = await mkdtemp(join(tmpdir(), 'countersign-sentinel-'));
  const stop = async () => {
    await stopAll([...sentinels, ...servers]);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const master = await startRedis();
    servers.push(master);
    servers.push(await startRedis({ args: ['--replicaof', '127.0.0.1', `${master.port}`] }));
    for (let i = 0; i < 3; i++) {
      const port = await freePort();
      const file = join(folder, `${i}.conf`);
      await writeFile(
        file,
        `port ${port}\nbind 127.0.0.1\ndir ${folder}\nsentinel monitor m1 127.0.0.1 ${master.port} 2\n` +
          'sentinel down-after-milliseconds m1 1000\nsentinel failover-timeout m1 5000\n',
      );
      sentinels.push({ port, ...start([file, '--sentinel']) });
    }
    for (const { port } of sentinels) {
      await until(async () => (await cli(port, 'sentinel', 'ckquorum', 'm1')).startsWith('OK 3'));
      await until(async () =>
        (await cli(port, 'sentinel', 'replicas', 'm1')).includes(`${servers[1]!.port}`),
      );
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const ports = sentinels.map(({ port }) => port);
  return {
    url: `redis+sentinel://${ports.map((port) => `127.0.0.1:${port}`).join(',')}/m1`,
    ports: [...ports, ...servers.map(({ port }) => port)],
    servers,
    stop,
  };
}

/** What `redis-cli` answers, trimmed. */
export async function cli(port: number, ...command: string[]): Promise<string> {
  const { stdout } = await run('redis-cli', ['-p', `${port}`, ...command]).catch(
    (error: { stdout?: string }) => ({ stdout: error.stdout ?? '' }),
  );
  return stdout.trim();
}

function start(args: string[]): { pid: number; stop(): Promise<void> } {
  const child = spawn('redis-server', args, { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  return {
    pid: child.pid ?? 0,
    async stop() {
      process.off('exit', kill);
      kill();
      await ended;
    },
  };
}

const given = new Set<number>();

/** Free now, never given before, and below 55,535: a Cluster's bus listens 10,000 above. */
async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    server.close();
    await once(server, 'close');
    if (port < 55_000 && !given.has(port)) {
      given.add(port);
      return port;
    }
  }
}

async function startAll<T extends { stop(): Promise<void> }>(
  count: number,
  one: () => Promise<T>,
): Promise<T[]> {
  const settled = await Promise.allSettled(Array.from({ length: count }, one));
  const started = settled.flatMap((s) => (s.status === 'fulfilled' ? [s.value] : []));
  const failed = settled.find((s) => s.status === 'rejected');
  if (failed) {
    await stopAll(started);
    throw failed.reason;
  }
  return started;
}

async function stopAll(all: readonly { stop(): Promise<void> }[]): Promise<void> {
  await Promise.all(all.map((one) => one.stop()));
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 15_000; !(await condition()); ) {
    if (performance.now() > end) throw new Error('redis did not get ready in 15 s');
    await delay(20);
  }
}
