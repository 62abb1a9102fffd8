import type { Cluster } from 'ioredis';
import { StoreUnavailable } from '../errors.ts';
import { readInfo } from './policy.ts';
import { unavailable } from './unavailable.ts';

/**
 * Every master answers and knows of all slots.
 *
 * @throws StoreUnavailable
 */
export async function requireClusterUp(cluster: Cluster): Promise<void> {
  try {
    const states = await Promise.all(cluster.nodes('master').map((node) => node.cluster('INFO')));
    if (states.every((state) => readInfo(state)['cluster_state'] === 'ok')) return;
  } catch (error) {
    throw unavailable(error, cluster);
  }
  throw new StoreUnavailable('redis: cluster_state of a node is not "ok"', { reason: 'cluster' });
}
