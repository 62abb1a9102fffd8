import type { WaitFor } from './device-api.ts';

/** The part of the process's wake-up hub that a long-poll needs. */
export interface Watches {
  /** Set at shutdown: then nobody waits any more. */
  readonly closed: boolean;
  watch(topic: string): {
    next(ms: number, signal?: AbortSignal): Promise<boolean>;
    end(): void;
  };
}

/**
 * Long-polls on the process's wake-up hub, with at most `perTopic` parked on one topic here (F24).
 *
 * @param perTopic 6 an account by default; the next one is told to come back later.
 */
export function createWaitFor(hub: Watches, perTopic = 6): WaitFor {
  const parked = new Map<string, number>();

  async function park(topic: string, ms: number, signal: AbortSignal): Promise<'woken' | 'timeout'> {
    const watch = hub.watch(topic);
    try {
      const woken = await watch.next(ms, signal);
      return woken && !hub.closed ? 'woken' : 'timeout';
    } finally {
      watch.end();
      const left = (parked.get(topic) ?? 1) - 1;
      if (left > 0) parked.set(topic, left);
      else parked.delete(topic);
    }
  }

  return async (topic, ms, signal) => {
    const now = parked.get(topic) ?? 0;
    if (now >= perTopic) return 'busy';
    parked.set(topic, now + 1);
    return park(topic, ms, signal);
  };
}
