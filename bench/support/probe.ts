import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

/**
 * Loaded before a measured process (`--import`): its parent may ask over IPC what it has used. Nothing of the
 * measured program changes.
 */
export interface Usage {
  /** User and system time of all threads since the start, ms. */
  readonly cpuMs: number;
  /** Resident memory, bytes. */
  readonly rss: number;
  readonly heapUsed: number;
}

if (isMainThread && process.send) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  process.on('message', (message: { readonly probe?: 'usage' | 'collect' }) => {
    if (!message?.probe) return;
    if (message.probe === 'collect') collect();
    const { user, system } = process.cpuUsage();
    const usage: Usage = {
      cpuMs: (user + system) / 1000,
      rss: residentBytes(),
      heapUsed: process.memoryUsage().heapUsed,
    };
    process.send?.({ usage });
  });
  process.channel?.unref();
}

/** Linux says it at once; elsewhere Node does. */
function residentBytes(): number {
  try {
    const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kib !== undefined) return Number(kib) * 1024;
  } catch {
    // not Linux
  }
  return process.memoryUsage.rss();
}
