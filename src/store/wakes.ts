import type { Carried, Unsubscribe, WakeListener } from './port.ts';

/** The topic that means: wakes may have been missed, re-read everything parked. */
export const EVERYTHING = '*';

/** The listeners of one process. */
export interface Wakes {
  add(listener: WakeListener): Unsubscribe;
  raise(topic: string, carried?: Carried): void;
}

export function createWakes(): Wakes {
  const listeners = new Set<{ call: WakeListener }>();
  return {
    add(call) {
      const listener = { call };
      listeners.add(listener);
      return async () => void listeners.delete(listener);
    },
    raise(topic, carried) {
      for (const { call } of listeners) {
        try {
          call(topic, carried);
        } catch (error) {
          // A listener's own mistake must not undo a write that is already durable: it surfaces as an uncaught error.
          queueMicrotask(() => {
            throw error;
          });
        }
      }
    },
  };
}
