import { Cluster, type Redis } from 'ioredis';
import type { Store } from '../port.ts';
import { connect, scriptRunner, type Wait, waitingRunner } from './commands.ts';
import { type Connection, createConnection, createSingle } from './connection.ts';
import { requireNoEviction } from './policy.ts';
import { type Hear, redisStore } from './redis-store.ts';
import { subscribe } from './subscriber.ts';
import { describeTarget, parseRedisUrl, type RedisTarget } from './url.ts';

export interface RedisOptions {
  /** See `parseRedisUrl`. */
  readonly url: string;
  /** Begins every key and channel; default `countersign:`. Two installations may share a server under two prefixes. */
  readonly prefix?: string;
  /** How long one command may take, ms; default 2,000. */
  readonly commandTimeoutMs?: number;
  /** Acknowledge writes only once this many replicas have them. */
  readonly wait?: Wait;
  /** For tests: ms added to the server's clock. */
  readonly offsetMs?: () => number;
}

/**
 * The store on Redis 6.2 or newer: standalone, Sentinel or Cluster. Every decision is one script on the server, on
 * the server's clock.
 *
 * @throws Error that names the server when it cannot be reached or would evict keys.
 */
export async function openRedis(options: RedisOptions): Promise<Store> {
  const target = parseRedisUrl(options.url);
  const timeoutMs = options.commandTimeoutMs ?? 2000;
  const prefix = options.prefix ?? 'countersign:';
  // Braces would become the hash tag of every key.
  if (/[{}]/.test(prefix)) throw new Error('The Redis prefix must not contain braces.');
  const main = createConnection(target, timeoutMs);
  const writer = options.wait ? createConnection(target, timeoutMs + options.wait.timeoutMs) : undefined;
  try {
    await connect(main);
    if (writer) await connect(writer);
    await requireNoEviction(main);
  } catch (error) {
    main.disconnect();
    writer?.disconnect();
    throw new Error(
      `Redis cannot be used at ${describeTarget(target)}: ${(error as Error).message.replace(/[.\s]+$/, '')}.`,
    );
  }
  const run = scriptRunner(main);
  return redisStore({
    main,
    run,
    write: writer && options.wait ? waitingRunner(writer, options.wait) : run,
    hear: subscriptionTo(target, timeoutMs, main),
    connections: writer ? [main, writer] : [main],
    prefix,
    offsetMs: options.offsetMs ?? (() => 0),
  });
}

function subscriptionTo(target: RedisTarget, timeoutMs: number, main: Connection): Hear {
  const create = (): Redis => {
    if (!(main instanceof Cluster)) return createSingle(target, timeoutMs, null);
    // Any node hears what is published on any other.
    const nodes = main.nodes('all').map(({ options: { host, port } }) => ({ host: host!, port: port! }));
    const known = nodes.length > 0 ? nodes : target.endpoints;
    return createSingle(target, timeoutMs, null, known[turn++ % known.length]);
  };
  let turn = process.pid;
  return (channel, onMessage, onGap) => subscribe(create, channel, onMessage, onGap);
}
