import type { Carried, Store, Unsubscribe } from '../store/port.ts';

/** One parked reader. Watch first, then read, then wait: a wake in between is never missed (F15). */
export interface Watch {
  /** Resolves `true` when woken (also by a wake since the last call), `false` after `ms` or when aborted. */
  next(ms: number, signal?: AbortSignal): Promise<boolean>;
  end(): void;
}

/** Who is told that a topic changed, as often as it does. An object and not a function: thousands are kept. */
export interface Waiter {
  /** @param carried reads what the record is now, where the wake carries it: a hint, and unchecked. */
  wake(carried?: Carried): void;
}

export interface WakeHub {
  watch(topic: string): Watch;
  add(topic: string, waiter: Waiter): void;
  remove(topic: string, waiter: Waiter): void;
  /** Watchers now. */
  readonly size: number;
  /** `true` once nobody waits here any more: a parked reader answers what it knows, and does not wait again. */
  readonly closed: boolean;
  /** Wakes everybody, and from now on nobody waits: for a shutdown. */
  close(): Promise<void>;
}

/** Subscribes once a process and looks each woken topic up in its own map; nothing is stored of who waits where. */
export async function createWakeHub(store: Store): Promise<WakeHub> {
  // Nearly every topic has one waiter: a set each would be the larger part of a parked browser's memory here.
  const waiters = new Map<string, Waiter | Set<Waiter>>();
  let size = 0;
  let closed = false;
  const wakeAll = () => {
    for (const topic of [...waiters.keys()]) wake(topic);
  };
  function wake(topic: string, carried?: Carried): void {
    const found = waiters.get(topic);
    if (found instanceof Set) for (const one of [...found]) one.wake(carried);
    else found?.wake(carried);
  }
  const unsubscribe: Unsubscribe = await store.onWake((topic, carried) => {
    if (topic === '*') wakeAll();
    else wake(topic, carried);
  });

  function add(topic: string, waiter: Waiter): void {
    const found = waiters.get(topic);
    if (found === undefined) waiters.set(topic, waiter);
    else if (found instanceof Set) found.add(waiter);
    else waiters.set(topic, new Set([found, waiter]));
    size++;
  }

  function remove(topic: string, waiter: Waiter): void {
    const found = waiters.get(topic);
    if (found instanceof Set ? !found.delete(waiter) : found !== waiter) return;
    size--;
    if (!(found instanceof Set) || found.size === 0) waiters.delete(topic);
  }

  function watch(topic: string): Watch {
    let woken = closed;
    let wakeUp: (() => void) | undefined;
    const waiter: Waiter = {
      wake() {
        woken = true;
        wakeUp?.();
      },
    };
    add(topic, waiter);

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
        remove(topic, waiter);
        wakeUp?.();
      },
    };
  }

  return {
    watch,
    add,
    remove,
    get size() {
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
