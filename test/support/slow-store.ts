import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Store } from '../../src/store/port.ts';

/** A call that `hold` keeps from going on. */
export interface Held {
  /** Resolves once the call has come. */
  readonly reached: Promise<void>;
  /** Lets it go on. */
  release(): void;
}

export interface SlowStore {
  /** For `createWorld({ wrapStore })`. */
  readonly wrap: (inner: Store) => Store;
  /** Every call waits at random up to this many ms; 0 for not at all. */
  slow: number;
  /** Resolves once so many calls have come since it was asked for. */
  afterCalls(count: number): Promise<void>;
  /** Stops the next call of a verb on a key that begins with `prefix`, as a slow store would at the worst moment. */
  hold(verb: 'get' | 'put' | 'delete' | 'now', prefix?: string): Held;
}

/** The real store, slowed down on demand, so that requests which run at once really meet. */
export function createSlowStore(): SlowStore {
  const holds = new Set<{ verb: string; prefix: string; reached: () => void; gate: Promise<void> }>();
  const waiting = new Set<{ left: number; done: () => void }>();

  const before = async (verb: string, key: unknown): Promise<void> => {
    // Asking for the time is no work of the store's own, and is only ever held.
    for (const one of verb === 'now' ? [] : waiting) {
      if (--one.left > 0) continue;
      waiting.delete(one);
      one.done();
    }
    if (slowStore.slow > 0 && verb !== 'now') await delay(randomInt(slowStore.slow * 1000) / 1000);
    for (const held of holds) {
      if (held.verb !== verb || !String(key).startsWith(held.prefix)) continue;
      holds.delete(held);
      held.reached();
      await held.gate;
    }
  };

  const slowed = <T extends object>(target: T, verbs: readonly string[]): T =>
    new Proxy(target, {
      get(object, property) {
        const value: unknown = Reflect.get(object, property);
        if (property === 'index') return slowed(value as object, ['add', 'remove', 'page']);
        if (typeof value !== 'function') return value;
        if (!verbs.includes(String(property))) return value.bind(object);
        return async (...args: unknown[]) => {
          await before(String(property), args[0]);
          return Reflect.apply(value, object, args) as unknown;
        };
      },
    });

  const slowStore: SlowStore = {
    wrap: (inner) => slowed(inner, ['get', 'getMany', 'put', 'delete', 'count', 'now']),
    slow: 0,
    afterCalls: (count) =>
      new Promise((done) => {
        waiting.add({ left: count, done });
      }),
    hold(verb, prefix = '') {
      const [reached, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const held = { verb, prefix, reached: reached.resolve, gate: gate.promise };
      holds.add(held);
      return { reached: reached.promise, release: gate.resolve };
    },
  };
  return slowStore;
}
