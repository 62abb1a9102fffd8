import type { Store } from '../../src/store/port.ts';

export interface CountingStore {
  readonly store: Store;
  /** Verbs called since the last `reset`, in alphabetical order (parallel calls have no order of their own). */
  calls(): string[];
  reset(): void;
}

/** The real store, with a tally of the verbs used: for rules about equal work (R42). */
export function countingStore(inner: Store): CountingStore {
  let made: string[] = [];
  const counted = <T extends object>(target: T, prefix = ''): T =>
    new Proxy(target, {
      get(object, property) {
        const value: unknown = Reflect.get(object, property);
        if (typeof value === 'function') {
          return (...args: unknown[]) => {
            made.push(prefix + String(property));
            return Reflect.apply(value, object, args) as unknown;
          };
        }
        return typeof value === 'object' && value !== null ? counted(value, `${String(property)}.`) : value;
      },
    });
  return {
    store: counted(inner),
    calls: () => [...made].sort(),
    reset: () => {
      made = [];
    },
  };
}
