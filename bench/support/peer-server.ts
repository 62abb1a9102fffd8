import { type Child, startChild } from './child.ts';

/**
 * What Countersign is compared with: `http` servers of a few lines, in processes of their own.
 *
 * - `floor`: an answer is one PUBLISH, a parked request a map entry. Nothing is verified, nothing is kept.
 * - `work`: what any implementation has to do that keeps its promises: read the challenge, verify the signature,
 *   compare-and-set with PUBLISH in one script, and read the record once more where the browser waits.
 * - `reread`: each parked request reads the store every 500 ms.
 */
export type PeerMode = 'floor' | 'work' | 'reread';

export interface Peer extends Child {
  readonly port: number;
}

export async function startPeer(
  mode: PeerMode,
  redisUrl: string,
  prefix: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Peer> {
  const child = startChild(`${import.meta.dirname}/peer-server-process.ts`, { env });
  const port = await child.ask<number>('listen', { mode, redisUrl, prefix });
  return { ...child, port };
}
