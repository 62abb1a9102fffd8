import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { gatherWrites } from './gather-writes.ts';
import { masterConnector } from './master-connector.ts';
import { ServerRefused } from './refused.ts';
import { retryAfter } from './retry.ts';
import { createSentinels } from './sentinels.ts';
import { type Connection, noteProblem, noteProblems } from './unavailable.ts';
import type { Endpoint, RedisTarget } from './url.ts';

/** How often the Sentinels are asked whether the connections are where they should be, ms; they also say so themselves. */
const VERIFY_EVERY_MS = 10_000;

/** The connections of one store. */
export interface Connections {
  /** For commands; not yet connected, connects again by itself. */
  forCommands(timeoutMs: number): Connection;
  /** To hear a channel, until it breaks; not yet connected. In a Cluster to any node, another one each time. */
  forHearing(timeoutMs: number): Redis;
  /** Ends them, letting what is under way finish. */
  close(): Promise<void>;
}

/**
 * Fails at once rather than queue: a command is sent on a ready connection, once, and answered within `timeoutMs`
 * or it counts as failed, and a connection that stays silent is replaced.
 */
function options(target: RedisTarget, timeoutMs: number) {
  return {
    connectionName: 'countersign',
    lazyConnect: true,
    disableClientInfo: true,
    commandTimeout: timeoutMs,
    socketTimeout: timeoutMs * 2,
    connectTimeout: 5000,
    // A server that hangs does not close either, and until it does no other is looked for.
    disconnectTimeout: 100,
    keepAlive: 10_000,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    db: target.database,
    ...(target.username === null ? {} : { username: target.username }),
    ...(target.password === null ? {} : { password: target.password }),
    // TLS verifies the certificate for the host that was asked for.
    ...(target.tls ? { tls: {} } : {}),
  } satisfies RedisOptions;
}

export function createConnections(target: RedisTarget): Connections {
  /** Those that must be at the master, each with where it is. */
  const atMaster = new Map<Redis, Endpoint | undefined>();
  const commands: Connection[] = [];
  let turn = process.pid;
  const sentinels = target.mode === 'sentinel' ? createSentinels(target, () => void verify()) : undefined;
  const verifying = sentinels && setInterval(verify, VERIFY_EVERY_MS).unref();

  /**
   * Leaves a server that the Sentinels no longer call master, even if it still calls itself so; and one that they are
   * giving up, before another has taken over, so that nothing is written that nobody will have.
   */
  async function verify(): Promise<void> {
    const master = await sentinels?.master().catch((error) => error as Error);
    if (!master || (master instanceof Error && !(master instanceof ServerRefused))) return;
    for (const [redis, at] of atMaster) {
      const right = !(master instanceof Error) && at?.host === master.host && at.port === master.port;
      if (at && !right) drop(redis);
    }
  }

  function toMaster(timeoutMs: number, retryStrategy: ((attempt: number) => number) | null): Redis {
    const redis: Redis = new Redis({
      ...options(target, timeoutMs),
      enableOfflineQueue: false,
      retryStrategy,
      Connector: masterConnector({
        locate: sentinels?.master ?? (async () => target.endpoints[0]!),
        tls: target.tls,
        onChosen: (server) => void atMaster.set(redis, server),
      }),
      // A master that has become a replica: find the new one, also for connections that only read and so never hear it.
      reconnectOnError: (error) => {
        if (!error.message.startsWith('READONLY')) return false;
        for (const one of atMaster.keys()) {
          noteProblem(one, error);
          if (one !== redis) drop(one);
        }
        return 1;
      },
    });
    noteProblems(redis);
    gatherWrites(redis);
    redis.on('ready', () => void verify());
    redis.on('end', () => void atMaster.delete(redis));
    return redis;
  }

  function cluster(timeoutMs: number): Cluster {
    const { db: _, lazyConnect: __, ...redisOptions } = options(target, timeoutMs);
    return new Cluster([...target.endpoints], {
      lazyConnect: true,
      enableOfflineQueue: false,
      clusterRetryStrategy: retryAfter,
      slotsRefreshTimeout: Math.max(1000, timeoutMs),
      maxRedirections: 5,
      redisOptions,
      // With TLS the names must reach the certificate check unresolved.
      ...(target.tls ? { dnsLookup: (name, done) => done(null, name) } : {}),
    });
  }

  /** Any node of a Cluster hears what is published on any other. */
  function toNode(timeoutMs: number): Redis {
    const [main] = commands;
    const nodes =
      main instanceof Cluster
        ? main.nodes('all').map(({ options: { host, port } }) => ({ host: host!, port: port! }))
        : [];
    const known = nodes.length > 0 ? nodes : target.endpoints;
    const { host, port } = known[turn++ % known.length]!;
    return new Redis({
      ...options(target, timeoutMs),
      enableOfflineQueue: false,
      retryStrategy: null,
      host,
      port,
    });
  }

  return {
    forCommands(timeoutMs) {
      const made = target.mode === 'cluster' ? cluster(timeoutMs) : toMaster(timeoutMs, retryAfter);
      if (made instanceof Cluster) {
        noteProblems(made);
        made.on('+node', gatherWrites);
      }
      commands.push(made);
      return made;
    },
    forHearing(timeoutMs) {
      if (target.mode !== 'cluster') return toMaster(timeoutMs, null);
      const made = toNode(timeoutMs);
      noteProblems(made);
      return made;
    },
    async close() {
      clearInterval(verifying);
      await Promise.all(commands.map(end));
      sentinels?.close();
    },
  };
}

function drop(redis: Redis): void {
  // One that is about to connect asks by itself where to.
  if (redis.status === 'ready' || redis.status === 'connect') redis.disconnect(true);
}

async function end(connection: Connection): Promise<void> {
  try {
    await connection.quit();
  } catch {
    // not connected: nothing is under way
  }
  connection.disconnect();
}
