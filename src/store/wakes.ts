import type { Unsubscribe } from './port.ts';

/** The topic that means: wakes may have been missed, re-read everything parked. */
export const EVERYTHING = '*';

/** The listeners of one process. */
export interface Wakes {
  add(listener: (topic: string) => void): Unsubscribe;
  raise(topic: string): void;
}

export function createWakes(): Wakes {
  const listeners = new Set<{ call: (topic: string) => void }>();
  return {
    add(call) {
      const listener = { call };
      listeners.add(listener);
      return async () => void listeners.delete(listener);
    },
    raise(topic) {
      for (const { call } of listeners) {
        try {
          call(topic);
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
