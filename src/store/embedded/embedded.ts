import { statSync } from 'node:fs';
import * as args from '../arguments.ts';
import { decodeCursor, encodeCursor, parseEventId } from '../cursor.ts';
import { StoreUnavailable } from '../errors.ts';
import { keys } from '../keys.ts';
import type { Count, Found, Key, Store } from '../port.ts';
import { newVersion } from '../version.ts';
import { createWakes, EVERYTHING } from '../wakes.ts';
import { cannotOpen, prepareFile } from './file.ts';
import { createReader, type Reader } from './reader.ts';
import { openForReading } from './schema.ts';
import { startSweeper } from './sweeper.ts';
import { startWriter, type WriterClient } from './writer-client.ts';

export interface EmbeddedOptions {
  /** The database file; its folder is made (0700) when it is missing. */
  readonly file: string;
  /** How often expired rows are removed, ms; default one minute. */
  readonly sweepEveryMs?: number;
}

/** Up to this size (bytes) the whole file is checked at open; a bigger one only for its length and header. */
const CHECK_UP_TO = 64 * 1024 * 1024;

/**
 * The store in one SQLite file: reads on this thread, writes in groups on a thread of their own, each durable before
 * it is acknowledged. Several processes may share the file; they share the machine's clock.
 *
 * @throws Error that names the file when it is not a store, is damaged or cannot be written.
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<Store> {
  const { file } = options;
  const wakes = createWakes();
  prepareFile(file);
  let writer: WriterClient | undefined;
  try {
    writer = await startWriter(file, () => wakes.raise(EVERYTHING));
    const reader = openReader(file);
    return embeddedStore(file, writer, reader, wakes, options.sweepEveryMs ?? 60_000);
  } catch (error) {
    await writer?.close();
    throw cannotOpen(file, error);
  }
}

function openReader(file: string): Reader {
  const db = openForReading(file);
  try {
    if (statSync(file).size <= CHECK_UP_TO) {
      const found = Object.values(db.prepare('PRAGMA quick_check(1)').get() ?? {})[0];
      if (found !== 'ok') throw new Error(`the database is malformed (${found})`);
    }
    return createReader(db);
  } catch (error) {
    db.close();
    throw error;
  }
}

function embeddedStore(
  file: string,
  writer: WriterClient,
  reader: Reader,
  wakes: ReturnType<typeof createWakes>,
  sweepEveryMs: number,
): Store {
  const run = <R>(operation: Parameters<WriterClient['run']>[0]) => writer.run(operation) as Promise<R>;
  const stopSweeper = startSweeper(run, sweepEveryMs);
  let closing: Promise<void> | undefined;

  /** Reads are synchronous inside; the promise belongs to the port. */
  async function read<R>(look: (now: number) => R): Promise<R> {
    if (closing) throw new StoreUnavailable(`${file}: the store is closed`);
    try {
      return look(Date.now());
    } catch (error) {
      throw new StoreUnavailable(`${file}: ${(error as Error).message}`);
    }
  }

  return {
    engine: 'embedded',

    get: <T>(key: Key) => read((now) => reader.get<T>(key, now)),

    getMany: <T>(many: readonly Key[]) => read((now) => many.map((key): Found<T> => reader.get<T>(key, now))),

    async put(key, value, { if: condition, ttlMs, wake, carry }) {
      const version = newVersion();
      const life = ttlMs === 'keep' ? 'keep' : args.life(ttlMs);
      const text = args.encode(value);
      const now = Date.now();
      const done = await run<boolean>({ kind: 'put', now, key, value: text, version, if: condition, life });
      if (!done) return false;
      if (wake !== undefined) wakes.raise(wake, carry ? () => JSON.parse(text) as unknown : undefined);
      return version;
    },

    async delete(key, { if: condition, tombstone, wake } = {}) {
      const done = await run<boolean>({
        kind: 'delete',
        now: Date.now(),
        key,
        if: condition ?? null,
        tombstone: tombstone ? newVersion() : null,
      });
      if (done && wake !== undefined) wakes.raise(wake);
      return done;
    },

    async count(key, options) {
      const [windowMs, by] = [args.windowLength(options.windowMs), args.countBy(options.by)];
      if (by === 0) return read((now) => reader.count(key, windowMs, now));
      return run<Count>({ kind: 'count', now: Date.now(), key, windowMs, by });
    },

    index: {
      async add(name, member, { order, ttlMs }) {
        const [position, life] = [args.order(order), args.life(ttlMs)];
        await run({ kind: 'indexAdd', now: Date.now(), name, member, order: position, life });
      },
      async remove(name, member) {
        await run({ kind: 'indexRemove', now: Date.now(), name, member });
      },
      async page(name, { after, limit, newestFirst = false }) {
        const size = args.pageSize(limit);
        const from = after === undefined ? undefined : decodeCursor(after);
        const found = await read((now) =>
          reader.page(name, { after: from, limit: size + 1, newestFirst, now }),
        );
        const entries = found.slice(0, size);
        const last = entries.at(-1);
        return found.length > size && last ? { entries, next: encodeCursor(last) } : { entries };
      },
    },

    log: {
      async append(name, event, options) {
        const [text, { max, life }] = [args.encode(event), args.bounds(options)];
        return run<string>({ kind: 'append', now: Date.now(), name, event: text, max, life });
      },
      async read<E>(name: string, options: { after?: string; sinceMs?: number; limit: number }) {
        const { sinceMs: since = 0, limit } = options;
        const after = options.after === undefined ? undefined : parseEventId(options.after);
        const size = args.pageSize(limit);
        return read((now) => reader.events<E>(name, { after, since, limit: size, now }));
      },
    },

    onWake: async (listener) => wakes.add(listener),

    now: async () => Date.now(),

    async check() {
      await run({
        kind: 'put',
        now: Date.now(),
        key: keys.storeCheck('file'),
        value: '1',
        version: newVersion(),
        if: 'any',
        life: 60_000,
      });
      await read((now) => reader.get(keys.storeCheck('file'), now));
    },

    close() {
      closing ??= (async () => {
        stopSweeper();
        reader.close();
        await writer.close();
      })();
      return closing;
    },
  };
}
