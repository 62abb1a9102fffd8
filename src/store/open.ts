import { join } from 'node:path';
import { openEmbedded } from './embedded/embedded.ts';
import type { Store } from './port.ts';
import { openRedis, type RedisOptions } from './redis/redis.ts';

export interface StoreOptions {
  /** With it the store is that Redis; without it a file in `dataDir`. */
  readonly redisUrl?: string | undefined;
  readonly dataDir: string;
  readonly redis?: Omit<RedisOptions, 'url'>;
  /** Embedded only: how often expired rows are removed, ms. */
  readonly sweepEveryMs?: number;
}

/** The embedded store's file in a data folder; `backupTo` takes it too. */
export const storeFile = (dataDir: string): string => join(dataDir, 'countersign.db');

/**
 * Opens the store the configuration asks for.
 *
 * @throws Error with a sentence for the operator when it cannot be used.
 */
export function openStore({ redisUrl, dataDir, redis, sweepEveryMs }: StoreOptions): Promise<Store> {
  if (redisUrl) return openRedis({ ...redis, url: redisUrl });
  return openEmbedded({ file: storeFile(dataDir), ...(sweepEveryMs === undefined ? {} : { sweepEveryMs }) });
}
