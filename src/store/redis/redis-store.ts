import { Cluster } from 'ioredis';
import * as args from '../arguments.ts';
import { decodeCursor, encodeCursor, parseEventId } from '../cursor.ts';
import { StoreUnavailable } from '../errors.ts';
import { keys } from '../keys.ts';
import type { Found, IndexEntry, Key, Name, Store, StoredEvent } from '../port.ts';
import { newVersion } from '../version.ts';
import { createWakes, EVERYTHING } from '../wakes.ts';
import { requireClusterUp } from './cluster-state.ts';
import type { RunScript } from './commands.ts';
import { unpack } from './packing.ts';
import * as scripts from './scripts.ts';
import type { Subscriber } from './subscriber.ts';
import { type Connection, unavailable } from './unavailable.ts';

/** Hears a channel; see `subscribe`. */
export type Hear = (
  channel: string,
  onMessage: (message: string) => void,
  onGap: () => void,
) => Promise<Subscriber>;

export interface RedisStoreParts {
  readonly main: Connection;
  readonly run: RunScript;
  /** Where writes go that must be durable. */
  readonly write: RunScript;
  readonly hear: Hear;
  /** Ends the connections. */
  readonly close: () => Promise<void>;
  readonly prefix: string;
  readonly offsetMs: () => number;
}

/** The verbs of the port over open connections: one script a decision, one key a script. */
export function redisStore(parts: RedisStoreParts): Store {
  const { main, run, write, hear, prefix, offsetMs } = parts;
  const wakes = createWakes();
  const channel = `${prefix}wake`;
  /** Of this process, so that what it reads back is what it wrote. */
  const checkKey = keys.storeCheck(newVersion());
  let subscriber: Promise<Subscriber> | undefined;
  let closing: Promise<void> | undefined;

  // The braces are the hash tag: what one script touches lives in one slot.
  const recordKey = (key: Key) => `${prefix}record:{${key}}`;
  const counterKey = (key: Key) => `${prefix}counter:{${key}}`;
  const indexKeys = (name: Name) => [`${prefix}order:{${name}}`, `${prefix}expiry:{${name}}`];
  const logKey = (name: Name) => `${prefix}log:{${name}}`;
  const wakeArgs = (topic: string | undefined) => (topic === undefined ? ['', ''] : [channel, topic]);

  async function serverTime(): Promise<number> {
    const [seconds, micros] = await main.time();
    return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
  }

  /** One plain command; only a moved clock needs the comparison that the server's own expiry does otherwise. */
  async function read<T>(fetch: () => Promise<(string | null)[]>): Promise<Found<T>[]> {
    const offset = offsetMs();
    try {
      const [packed, time] = await Promise.all([fetch(), offset === 0 ? null : serverTime()]);
      return packed.map((one) => unpack<T>(one, time === null ? null : time + offset));
    } catch (error) {
      throw unavailable(error, main);
    }
  }

  /** A topic, and after a line feed the JSON of what was written where the wake carries it. */
  function heard(message: string): void {
    const line = message.indexOf('\n');
    if (line < 0) wakes.raise(message);
    else wakes.raise(message.slice(0, line), () => JSON.parse(message.slice(line + 1)) as unknown);
  }

  return {
    engine: 'redis',

    async get<T>(key: Key) {
      const [found] = await read<T>(async () => [await main.get(recordKey(key))]);
      return found;
    },

    async getMany<T>(many: readonly Key[]) {
      if (many.length === 0) return [];
      const all = many.map(recordKey);
      // The keys of a Cluster lie in many slots: all commands leave at once, so it is still one round trip.
      return read<T>(() =>
        main instanceof Cluster ? Promise.all(all.map((key) => main.get(key))) : main.mget(all),
      );
    },

    async put(key, value, { if: condition, ttlMs, wake, carry }) {
      const version = newVersion();
      const life = ttlMs === 'keep' ? 'keep' : (args.life(ttlMs) ?? '');
      const [kind, wanted] = typeof condition === 'object' ? ['version', condition.version] : [condition, ''];
      const text = args.encode(value);
      const done = await write(
        scripts.PUT,
        [recordKey(key)],
        [offsetMs(), version, text, kind, wanted, life, ...wakeArgs(wake), carry ? 1 : 0],
      );
      return done === 1 && version;
    },

    async delete(key, { if: condition, tombstone, wake } = {}) {
      const done = await write(
        scripts.DELETE,
        [recordKey(key), counterKey(key)],
        [offsetMs(), condition ?? '', tombstone ? newVersion() : '', ...wakeArgs(wake)],
      );
      return done === 1;
    },

    async count(key, options) {
      const [windowMs, by] = [args.windowLength(options.windowMs), args.countBy(options.by)];
      const answer = await (by === 0 ? run : write)(
        scripts.COUNT,
        [counterKey(key)],
        [offsetMs(), windowMs ?? '', by],
      );
      const [count, resetsAt] = answer as [number, number];
      return { count, resetsAt: resetsAt < 0 ? Number.POSITIVE_INFINITY : resetsAt };
    },

    index: {
      async add(name, member, { order, ttlMs }) {
        const [position, life] = [args.order(order), args.life(ttlMs) ?? ''];
        await write(scripts.INDEX_ADD, indexKeys(name), [offsetMs(), member, position, life]);
      },
      async remove(name, member) {
        await write(scripts.INDEX_REMOVE, indexKeys(name), [offsetMs(), member]);
      },
      async page(name, { after, limit, newestFirst = false }) {
        const size = args.pageSize(limit);
        const cursor = after === undefined ? undefined : decodeCursor(after);
        const found = (await run(scripts.INDEX_PAGE, indexKeys(name), [
          offsetMs(),
          size + 1,
          newestFirst ? 1 : 0,
          ...(cursor ? [cursor.order, cursor.member] : []),
        ])) as string[];
        const entries: IndexEntry[] = [];
        for (let i = 0; i < Math.min(found.length, 2 * size); i += 2) {
          entries.push({ member: found[i]!, order: Number(found[i + 1]) });
        }
        const last = entries.at(-1);
        return found.length > 2 * size && last ? { entries, next: encodeCursor(last) } : { entries };
      },
    },

    log: {
      async append(name, event, options) {
        const [text, { max, life }] = [args.encode(event), args.bounds(options)];
        return String(await write(scripts.LOG_APPEND, [logKey(name)], [offsetMs(), text, max, life]));
      },
      async read<E>(name: Name, options: { after?: string; sinceMs?: number; limit: number }) {
        const { after, sinceMs = 0, limit } = options;
        const size = args.pageSize(limit);
        const start = Math.max(0, Math.ceil(sinceMs));
        const from = after !== undefined && parseEventId(after).at >= start ? `(${after}` : `${start}-0`;
        const found = (await run(scripts.LOG_READ, [logKey(name)], [offsetMs(), from, size])) as string[];
        const events: StoredEvent<E>[] = [];
        for (let i = 0; i < found.length; i += 2) {
          const id = found[i]!;
          events.push({ id, at: parseEventId(id).at, event: JSON.parse(found[i + 1]!) as E });
        }
        return events;
      },
    },

    async onWake(listener) {
      if (closing) throw new StoreUnavailable('redis: the store is closed');
      const unsubscribe = wakes.add(listener);
      subscriber ??= hear(channel, heard, () => wakes.raise(EVERYTHING));
      try {
        await subscriber;
      } catch (error) {
        subscriber = undefined;
        await unsubscribe();
        throw unavailable(error);
      }
      return unsubscribe;
    },

    async now() {
      try {
        return (await serverTime()) + offsetMs();
      } catch (error) {
        throw unavailable(error, main);
      }
    },

    async check() {
      const version = await this.put(checkKey, 1, { if: 'any', ttlMs: 60_000 });
      const found = await this.get(checkKey);
      if (!version || found?.version !== version)
        throw new StoreUnavailable('redis: a write could not be read back', { reason: 'error' });
      // Of a Cluster one key says little of the others.
      if (main instanceof Cluster) await requireClusterUp(main);
    },

    close() {
      closing ??= (async () => {
        const listening = await subscriber?.catch(() => undefined);
        listening?.close();
        await parts.close();
      })();
      return closing;
    },
  };
}
