import { keys } from '../store/keys.ts';
import type { Store } from '../store/port.ts';

/**
 * One throttle for passwords, pushes, enrolment codes and recovery. Reserve, then act: a take counts first and asks
 * afterwards, so a hundred parallel attempts get exactly `max` between them, on however many nodes. A refused take
 * gives its count back: only what was allowed counts, so knocking at a closed door keeps nobody waiting longer.
 */
export interface Rule {
  /** Part of the key: two rules with one name share their counters. */
  readonly name: string;
  readonly max: number;
  /** Sliding window in ms; `null` counts until cleared. */
  readonly windowMs: number | null;
}

export interface Taken {
  readonly allowed: boolean;
  /** With this one if it was allowed, else without it. */
  readonly count: number;
  /** 0 when allowed; `Infinity` when only `clear` can help. */
  readonly retryAfterMs: number;
}

export interface Take {
  readonly rule: Rule;
  readonly subject: string;
}

export interface Throttle {
  take(rule: Rule, subject: string): Promise<Taken>;
  /**
   * All or nothing, in parallel; the longest wait speaks, `counts` say what each was with this take. The number of store
   * calls depends on the outcome alone.
   */
  takeAll(takes: readonly Take[]): Promise<Taken & { readonly counts: readonly number[] }>;
  /**
   * Counts for good, allowed or not, so that it costs the same store calls whatever comes of it (R42).
   * @returns whether every rule still allowed it, and what is counted now, in the order of the takes.
   */
  spend(takes: readonly Take[]): Promise<{ readonly allowed: boolean; readonly counts: readonly number[] }>;
  /** Undoes one take: it turned out not to count. */
  giveBack(rule: Rule, subject: string): Promise<void>;
  giveBackAll(takes: readonly Take[]): Promise<void>;
  /** How many are counted now, without counting. */
  peek(rule: Rule, subject: string): Promise<Taken>;
  clear(rule: Rule, subject: string): Promise<void>;
}

export function createThrottle(store: Store): Throttle {
  const count = ({ rule, subject }: Take, by: number) =>
    store.count(keys.limit(rule.name, subject), { windowMs: rule.windowMs, by });

  async function takeAll(takes: readonly Take[]) {
    const taken = await Promise.all(takes.map((take) => count(take, 1)));
    const counts = taken.map((counted) => counted.count);
    const refused = taken.filter((counted, i) => counted.count > takes[i]!.rule.max);
    const highest = Math.max(0, ...counts);
    if (refused.length === 0) return { allowed: true, count: highest, counts, retryAfterMs: 0 };
    const [now] = await Promise.all([store.now(), giveBackAll(takes)]);
    const resetsAt = Math.max(...refused.map((counted) => counted.resetsAt));
    return { allowed: false, count: highest - 1, counts, retryAfterMs: Math.max(1, resetsAt - now) };
  }

  async function giveBackAll(takes: readonly Take[]): Promise<void> {
    await Promise.all(takes.map((take) => count(take, -1)));
  }

  return {
    takeAll,
    giveBackAll,
    async spend(takes) {
      const counts = await Promise.all(takes.map((take) => count(take, 1)));
      return {
        allowed: counts.every((counted, i) => counted.count <= takes[i]!.rule.max),
        counts: counts.map((counted) => counted.count),
      };
    },
    take: async (rule, subject) => {
      const { counts: _, ...taken } = await takeAll([{ rule, subject }]);
      return taken;
    },
    giveBack: (rule, subject) => giveBackAll([{ rule, subject }]),
    peek: async (rule, subject) => {
      const counted = await count({ rule, subject }, 0);
      if (counted.count < rule.max) return { allowed: true, count: counted.count, retryAfterMs: 0 };
      const retryAfterMs = Math.max(1, counted.resetsAt - (await store.now()));
      return { allowed: false, count: counted.count, retryAfterMs };
    },
    clear: async (rule, subject) => {
      await store.delete(keys.limit(rule.name, subject));
    },
  };
}
