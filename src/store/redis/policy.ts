import { Cluster } from 'ioredis';
import type { Connection } from './connection.ts';

/**
 * F25: a server that evicts keys when memory is short forgets sign-outs and spent codes. Read from `INFO memory`,
 * because managed servers often forbid `CONFIG`.
 *
 * @throws Error naming the policy found.
 */
export async function requireNoEviction(connection: Connection): Promise<void> {
  const servers = connection instanceof Cluster ? connection.nodes('master') : [connection];
  for (const server of servers) {
    const policy = /^maxmemory_policy:(\S+)/m.exec(await server.info('memory'))?.[1] ?? 'unknown';
    if (policy !== 'noeviction') {
      throw new Error(
        `maxmemory-policy is "${policy}", wanted "noeviction": set it on the server and start again`,
      );
    }
  }
}
