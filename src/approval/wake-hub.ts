import type { Store, Unsubscribe } from '../store/port.ts';

/** One parked reader. Watch first, then read, then wait: a wake in between is never missed (F15). */
export interface Watch {
  /** Resolves `true` when woken (also by a wake since the last call), `false` after `ms` or when aborted. */
  next(ms: number, signal?: AbortSignal): Promise<boolean>;
  end(): void;
}

export interface WakeHub {
  watch(topic: string): Watch;
  /** Watchers now. */
  readonly size: number;
  /** `true` once nobody waits here any more: a parked reader answers what it knows, and does not wait again. */
  readonly closed: boolean;
  /** Wakes everybody, and from now on nobody waits: for a shutdown. */
  close(): Promise<void>;
}

/** Subscribes once a process and looks each woken topic up in its own map; nothing is stored of who waits where. */
export async function createWakeHub(store: Store): Promise<WakeHub> {
  const watchers = new Map<string, Set<() => void>>();
  let closed = false;
  const wakeAll = () => {
    for (const set of watchers.values()) for (const wake of set) wake();
  };
  const unsubscribe: Unsubscribe = await store.onWake((topic) => {
    if (topic === '*') wakeAll();
    else for (const wake of watchers.get(topic) ?? []) wake();
  });

  function watch(topic: string): Watch {
    let woken = closed;
    let wakeUp: (() => void) | undefined;
    const wake = () => {
      woken = true;
      wakeUp?.();
    };
    const set = watchers.get(topic) ?? new Set();
    watchers.set(topic, set.add(wake));

    return {
      next(ms, signal) {
        if (woken || closed || signal?.aborted || ms <= 0) {
          const was = woken;
          woken = false;
          return Promise.resolve(was);
        }
        return new Promise((resolve) => {
          const settle = () => {
            clearTimeout(timer);
            signal?.removeEventListener('abort', settle);
            wakeUp = undefined;
            const was = woken;
            woken = false;
            resolve(was);
          };
          const timer = setTimeout(settle, ms);
          signal?.addEventListener('abort', settle, { once: true });
          wakeUp = settle;
        });
      },
      end() {
        set.delete(wake);
        if (set.size === 0 && watchers.get(topic) === set) watchers.delete(topic);
        wakeUp?.();
      },
    };
  }

  return {
    watch,
    get size() {
      let size = 0;
      for (const set of watchers.values()) size += set.size;
      return size;
    },
    get closed() {
      return closed;
    },
    async close() {
      closed = true;
      wakeAll();
      await unsubscribe();
    },
  };
}
