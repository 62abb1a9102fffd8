import type { Store } from '../port.ts';
import { connect, scriptRunner, type Wait, waitingRunner } from './commands.ts';
import { createConnections } from './connection.ts';
import { requireNoEviction } from './policy.ts';
import { redisStore } from './redis-store.ts';
import { subscribe } from './subscriber.ts';
import { unavailable } from './unavailable.ts';
import { describeTarget, parseRedisUrl } from './url.ts';
import { watchServers } from './watch.ts';

export interface RedisOptions {
  /** See `parseRedisUrl`. */
  readonly url: string;
  /** Begins every key and channel; default `countersign:`. Two installations may share a server under two prefixes. */
  readonly prefix?: string;
  /** How long one command may take, ms; default 2,000. */
  readonly commandTimeoutMs?: number;
  /** Acknowledge writes only once this many replicas have them. */
  readonly wait?: Wait;
  /** Told in a sentence for the operator when a server's memory runs short or its settings have become unsafe. */
  readonly warn?: (sentence: string) => void;
  /** How often servers are asked for that, ms; default a minute. */
  readonly watchEveryMs?: number;
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
  const connections = createConnections(target);
  const main = connections.forCommands(timeoutMs);
  const writer = options.wait && connections.forCommands(timeoutMs + options.wait.timeoutMs);
  try {
    await connect(main);
    if (writer) await connect(writer);
    await requireNoEviction(main);
  } catch (error) {
    await connections.close();
    const cause = unavailable(error);
    const why = cause.message.replace(/^redis: /, '').replace(/[.\s]+$/, '');
    throw new Error(`Redis cannot be used at ${describeTarget(target)}: ${why}.`, { cause });
  }
  const run = scriptRunner(main);
  const watch = watchServers(main, options.warn ?? (() => {}), options.watchEveryMs ?? 60_000);
  return redisStore({
    main,
    run,
    write: writer && options.wait ? waitingRunner(writer, options.wait) : run,
    hear: (channel, onMessage, onGap) =>
      subscribe(() => connections.forHearing(timeoutMs), channel, onMessage, onGap),
    async close() {
      watch.stop();
      await connections.close();
    },
    prefix,
    offsetMs: options.offsetMs ?? (() => 0),
  });
}
