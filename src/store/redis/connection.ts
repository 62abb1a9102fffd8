import type { ConnectionOptions } from 'node:tls';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { StoreUnavailable } from '../errors.ts';
import type { RedisTarget } from './url.ts';

export type Connection = Redis | Cluster;

/** Waits between attempts to connect again, ms. */
const retryAfter = (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 6), 1000);

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
    keepAlive: 10_000,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    db: target.database,
    ...(target.username === null ? {} : { username: target.username }),
    ...(target.password === null ? {} : { password: target.password }),
  } satisfies RedisOptions;
}

/** TLS verifies the certificate for the host that was asked for. */
const tls = (target: RedisTarget): { tls: ConnectionOptions } | Record<never, never> =>
  target.tls ? { tls: {} } : {};

/** A connection for commands, not yet connected, that connects again by itself. */
export function createConnection(target: RedisTarget, timeoutMs: number): Connection {
  if (target.mode !== 'cluster') return createSingle(target, timeoutMs, retryAfter);
  const { db: _, lazyConnect: __, ...redisOptions } = options(target, timeoutMs);
  const cluster = new Cluster([...target.endpoints], {
    lazyConnect: true,
    enableOfflineQueue: false,
    clusterRetryStrategy: retryAfter,
    slotsRefreshTimeout: Math.max(1000, timeoutMs),
    maxRedirections: 5,
    redisOptions: { ...redisOptions, ...tls(target) },
    // With TLS the names must reach the certificate check unresolved.
    ...(target.tls ? { dnsLookup: (name, done) => done(null, name) } : {}),
  });
  cluster.on('error', ignore);
  return cluster;
}

/** One connection to the server itself: standalone, the Sentinels' master, or (for subscribing) a Cluster's node. */
export function createSingle(
  target: RedisTarget,
  timeoutMs: number,
  retryStrategy: ((attempt: number) => number) | null,
  node = target.endpoints[0]!,
): Redis {
  const redis = new Redis({
    ...options(target, timeoutMs),
    enableOfflineQueue: false,
    retryStrategy,
    // After a failover the old master answers READONLY: find the new one.
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 1 : false),
    ...(target.mode === 'sentinel'
      ? {
          sentinels: target.endpoints.map((sentinel) => ({ ...sentinel })),
          name: target.master!,
          // A connection that only reads would never hear READONLY from a master that is none any more: the Sentinels
          // say when another one took over, and it is replaced at once.
          failoverDetector: true,
          sentinelRetryStrategy: (attempt: number) => retryStrategy?.(attempt) ?? null,
          ...(target.sentinelUsername === null ? {} : { sentinelUsername: target.sentinelUsername }),
          ...(target.sentinelPassword === null ? {} : { sentinelPassword: target.sentinelPassword }),
          ...(target.tls ? { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
        }
      : { host: node.host, port: node.port, ...tls(target) }),
  });
  redis.on('error', ignore);
  return redis;
}

/** Each failed command says so itself; ioredis would print these to the console. */
function ignore(): void {}

/**
 * Every failure as `StoreUnavailable`. Only the message travels: ioredis hangs the command with its values on the
 * error, and some of Redis's messages repeat arguments.
 */
export function unavailable(error: unknown): StoreUnavailable {
  if (error instanceof StoreUnavailable) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new StoreUnavailable(`redis: ${message.split(', with args')[0]!.slice(0, 200)}`);
}

/** Ends a connection, letting what is under way finish. */
export async function end(connection: Connection): Promise<void> {
  try {
    await connection.quit();
  } catch {
    // not connected: nothing is under way
  }
  connection.disconnect();
}
