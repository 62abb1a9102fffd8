import { Cluster, type Redis } from 'ioredis';
import { readInfo } from './policy.ts';
import type { Connection } from './unavailable.ts';

/** Percent of `maxmemory` in use from which the operator is told, once for each. */
const TOLD_AT = [95, 90, 80];
/** Percent it has to fall below such a mark before the mark is told again. */
const BACK = 5;

/**
 * Looks now and then whether a server is about to refuse writes for want of memory, which ends every sign-in with a 503,
 * or has been set to evict since it was connected (F25).
 *
 * @param warn gets a sentence that names the server.
 */
export function watchServers(
  connection: Connection,
  warn: (sentence: string) => void,
  everyMs: number,
): { stop(): void } {
  /** The mark last told, by server. */
  const told = new Map<string, number>();
  const evicting = new Set<string>();

  async function look(server: Redis): Promise<void> {
    const info = readInfo(await server.info('memory'));
    const name =
      connection instanceof Cluster ? `${server.options.host}:${server.options.port}` : 'the server';
    const [max, counted] = [Number(info['maxmemory']), Number(info['used_memory'])];
    const used = counted - Number(info['mem_not_counted_for_evict'] ?? 0);
    const percent = max > 0 ? (100 * used) / max : 0;
    const before = told.get(name) ?? 0;
    const mark = TOLD_AT.find((at) => percent >= at) ?? 0;
    if (mark > before) {
      warn(
        `Redis: ${name} uses ${Math.floor(percent)} % of its maxmemory (${mebibytes(used)} of ${mebibytes(max)} MiB): ` +
          'when it is full nobody can sign in. Give it more, or look for what fills it.',
      );
    }
    if (mark > before || percent < before - BACK) told.set(name, mark);

    const evicts = info['maxmemory_policy'] !== 'noeviction';
    if (evicts && !evicting.has(name)) {
      warn(
        `Redis: maxmemory-policy of ${name} has become "${info['maxmemory_policy']}": it may forget sign-outs and ` +
          'spent codes. Set it back to "noeviction".',
      );
    }
    if (evicts) evicting.add(name);
    else evicting.delete(name);
  }

  const all = () => {
    const servers = connection instanceof Cluster ? connection.nodes('master') : [connection];
    // A server that does not answer is told by what fails on it.
    for (const server of servers) look(server).catch(() => {});
  };
  all();
  const timer = setInterval(all, everyMs).unref();
  return { stop: () => clearInterval(timer) };
}

const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
