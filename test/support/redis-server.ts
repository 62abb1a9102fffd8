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
  /** Kills what runs and starts it again on the same port and folder; `more` goes to the end of the command line. */
  restart(more?: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

export interface RedisGroup {
  readonly url: string;
  readonly ports: readonly number[];
  /** Of a Cluster its masters; of Sentinels the master, then the replica. */
  readonly servers: readonly RedisServer[];
  stop(): Promise<void>;
}

export type SentinelServer = Pick<RedisServer, 'port' | 'pid' | 'stop'>;

export interface SentinelGroup extends RedisGroup {
  readonly sentinels: readonly SentinelServer[];
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
  const line = [...common, '--save', '', '--appendonly', 'no', ...secret, ...args];
  let server = start(line);
  const answers = () => until(async () => /^(PONG|NOAUTH|LOADING)/.test(await cli(chosen, 'ping')));
  const stop = async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await answers();
  } catch (error) {
    await stop();
    throw error;
  }
  const credentials = password === undefined ? '' : `:${encodeURIComponent(password)}@`;
  return {
    url: `redis://${credentials}127.0.0.1:${chosen}`,
    port: chosen,
    get pid() {
      return server.pid;
    },
    async restart(more = []) {
      await server.stop();
      server = start([...line, ...more]);
      await answers();
    },
    stop,
  };
}

/** A Cluster of three masters without replicas, about two seconds. */
export async function startCluster({
  args = [],
}: Pick<RedisServerOptions, 'args'> = {}): Promise<RedisGroup> {
  const servers = await startAll(3, () => startRedis({ args: [...clusterNode, ...args] }));
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
  return { url: `redis+cluster://${ports.map(here).join(',')}`, ports, servers, stop };
}

const clusterNode = [
  ...['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf'],
  ...['--cluster-node-timeout', '2000'],
];

/** One more for a Cluster, that takes over from the master on `port` when that fails; ready when it hears everything. */
export async function startClusterReplica(
  port: number,
  { args = [] }: Pick<RedisServerOptions, 'args'> = {},
): Promise<RedisServer> {
  const server = await startRedis({ args: [...clusterNode, ...args] });
  try {
    await cli(server.port, 'cluster', 'meet', '127.0.0.1', `${port}`);
    const id = await cli(port, 'cluster', 'myid');
    await until(async () => (await cli(server.port, 'cluster', 'replicate', id)) === 'OK');
    await until(async () => (await cli(server.port, 'role')).includes('connected'));
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

/**
 * A master `m1`, one replica that hears everything, and three Sentinels; `ports` are the Sentinels', then master and
 * replica.
 */
export async function startSentinel({
  args = [],
}: Pick<RedisServerOptions, 'args'> = {}): Promise<SentinelGroup> {
  const servers: RedisServer[] = [];
  const sentinels: SentinelServer[] = [];
  const stop = () => stopAll([...sentinels, ...servers]);
  try {
    const atOnce = ['--repl-diskless-sync-delay', '0'];
    const master = await startRedis({ args: [...atOnce, ...args] });
    servers.push(master);
    servers.push(await startReplica(master.port, { args }));
    for (let i = 0; i < 3; i++) sentinels.push(await startOneSentinel(master.port));
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
    url: `redis+sentinel://${ports.map(here).join(',')}/m1`,
    ports: [...ports, ...servers.map(({ port }) => port)],
    servers,
    sentinels,
    stop,
  };
}

/** Ready when it hears everything. */
export async function startReplica(
  of: number,
  { args = [], port }: RedisServerOptions = {},
): Promise<RedisServer> {
  const server = await startRedis({
    ...(port === undefined ? {} : { port }),
    args: ['--replicaof', '127.0.0.1', `${of}`, '--repl-diskless-sync-delay', '0', ...args],
  });
  try {
    await until(async () => (await cli(server.port, 'role')).includes('connected'));
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

/** A Sentinel for the master `m1` on that port; it finds the others by itself. */
export async function startOneSentinel(masterPort: number): Promise<SentinelServer> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-sentinel-'));
  const port = await freePort();
  const file = join(folder, 'sentinel.conf');
  await writeFile(
    file,
    `port ${port}\nbind 127.0.0.1\ndir ${folder}\nsentinel monitor m1 127.0.0.1 ${masterPort} 2\n` +
      'sentinel down-after-milliseconds m1 1000\nsentinel failover-timeout m1 5000\n',
  );
  const { pid, stop } = start([file, '--sentinel']);
  return {
    port,
    pid,
    async stop() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
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

const here = (port: number) => `127.0.0.1:${port}`;
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
