import { Cluster, type Redis } from 'ioredis';
import { evicts, ServerRefused } from './refused.ts';
import type { Connection } from './unavailable.ts';

/**
 * F25: of a Cluster every node must not evict, replicas too: each may be the next master. Elsewhere each connection sees
 * to it itself. Read from `INFO memory`, because managed servers often forbid `CONFIG`.
 *
 * @throws ServerRefused naming the policy found; whatever ioredis throws when a master does not answer.
 */
export async function requireNoEviction(connection: Connection): Promise<void> {
  if (!(connection instanceof Cluster)) return;
  const masters = connection.nodes('master');
  const check = async (node: Redis) => {
    const policy = readInfo(await node.info('memory'))['maxmemory_policy'];
    if (policy !== 'noeviction') throw evicts(policy);
  };
  await Promise.all(masters.map(check));
  const replicas = await Promise.allSettled(connection.nodes('slave').map(check));
  // One that does not answer cannot be asked; the masters are there.
  for (const { reason } of replicas.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[])
    if (reason instanceof ServerRefused) throw reason;
}

/** `name:value` lines. */
export function readInfo(info: string): Record<string, string | undefined> {
  const lines = info.split(/\r?\n/).filter((line) => line.includes(':'));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
  );
}
