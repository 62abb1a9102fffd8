/**
 * The store port as plain maps and a clock in whole ticks, for tests that compare engines with it. A life of n ticks
 * ends half a tick after the n-th, so that the real time a run takes never decides anything.
 */

export const TICK_MS = 60_000;

/** A life in ticks, as ms for the real store. */
export function ticksToMs(ticks: number | null): number | null {
  return ticks === null ? null : ticks === 0 ? 0 : ticks * TICK_MS + TICK_MS / 2;
}

type Condition = 'absent' | 'present' | 'any' | { readonly version: string };

interface Kept {
  readonly dead: boolean;
  readonly value: unknown;
  readonly version: string;
  readonly expires: number;
}

interface KeptEvent {
  readonly id: string;
  readonly at: number;
  readonly event: unknown;
  readonly expires: number;
}

const shown = (expires: number) => (expires === Number.POSITIVE_INFINITY ? null : Math.floor(expires));

export function createStoreModel() {
  let now = 0;
  let furthest = 0;
  /** Every moment at which something expires: an engine may have swept it, so the clock never goes back over one. */
  const ends: number[] = [];
  const records = new Map<number, Kept>();
  const counters = new Map<number, [at: number, events: number, window: number][]>();
  const index = new Map<string, { readonly order: number; readonly expires: number }>();
  const logs = new Map<number, KeptEvent[]>();

  function endOf(life: number | null, from = now): number {
    if (life === null) return Number.POSITIVE_INFINITY;
    const end = life === 0 ? from : from + life + 0.5;
    ends.push(end);
    return end;
  }

  const record = (id: number): Kept | undefined => {
    const kept = records.get(id);
    return kept && kept.expires > now ? kept : undefined;
  };
  const slots = (id: number) => (counters.get(id) ?? []).filter(([at, , window]) => at + window > now);

  return {
    /** @returns whether the clock moved. */
    move(by: number): boolean {
      const to = now + by;
      if (to < 0 || ends.some((end) => end > to && end <= furthest)) return false;
      now = to;
      furthest = Math.max(furthest, now);
      return true;
    },

    get(id: number) {
      const kept = record(id);
      if (!kept) return undefined;
      const { dead, value, version, expires } = kept;
      return { dead, value, expires: shown(expires), ...(dead ? {} : { version }) };
    },

    put(
      id: number,
      value: unknown,
      condition: Condition,
      life: number | null | 'keep',
      version: string,
    ): boolean {
      const kept = record(id);
      if (kept?.dead) return false;
      if (condition === 'absent' && kept) return false;
      if (condition === 'present' && !kept) return false;
      if (typeof condition === 'object' && kept?.version !== condition.version) return false;
      const expires = life === 'keep' ? (kept?.expires ?? Number.POSITIVE_INFINITY) : endOf(life);
      // As JSON keeps it: -0 is 0.
      records.set(id, { dead: false, value: JSON.parse(JSON.stringify(value)), version, expires });
      return true;
    },

    /** Whether a counter is over that nobody has removed: where only a key's own expiry tells, a moved clock cannot. */
    counterOver: (id: number): boolean => (counters.get(id)?.length ?? 0) > 0 && slots(id).length === 0,

    delete(id: number, version: string | undefined, tombstone: boolean): boolean {
      const plain = version === undefined && !tombstone;
      const counted = plain && slots(id).length > 0;
      if (plain) counters.delete(id);
      const kept = record(id);
      if (!kept || kept.dead) return counted;
      if (version !== undefined && kept.version !== version) return false;
      if (tombstone) records.set(id, { ...kept, dead: true, value: undefined, version: '' });
      else records.delete(id);
      return true;
    },

    count(id: number, window: number | null, by: number) {
      const length = window === null ? Number.POSITIVE_INFINITY : window + 0.5;
      const kept = slots(id);
      const newest = kept.at(-1);
      if (by > 0) {
        if (newest && newest[0] >= now) newest[1] += by;
        else kept.push([now, by, length]);
        if (window !== null) ends.push(kept.at(-1)![0] + length);
      }
      for (let back = -by; back > 0; back--) {
        const last = kept.at(-1);
        if (!last) break;
        last[1]--;
        if (last[1] === 0) kept.pop();
      }
      counters.set(id, kept);
      return {
        count: kept.reduce((sum, [, events]) => sum + events, 0),
        resets: kept[0] ? shown(kept[0][0] + length) : null,
      };
    },

    indexAdd(member: string, order: number, life: number | null): void {
      index.set(member, { order, expires: endOf(life) });
    },

    indexRemove(member: string): void {
      index.delete(member);
    },

    members(newestFirst: boolean): { member: string; order: number }[] {
      const all = [...index]
        .filter(([, { expires }]) => expires > now)
        .map(([member, { order }]) => ({ member, order }))
        .sort((a, b) => a.order - b.order || Buffer.compare(Buffer.from(a.member), Buffer.from(b.member)));
      return newestFirst ? all.reverse() : all;
    },

    append(log: number, id: string, event: unknown, max: number, life: number): void {
      const kept = logs.get(log) ?? [];
      const at = Math.max(now, kept.at(-1)?.at ?? 0);
      const all = [...kept, { id, at, event, expires: endOf(life, at) }];
      logs.set(log, all.filter((one) => one.at > at - life - 0.5).slice(-max));
    },

    /** The id of the n-th event kept, if there is one. */
    eventId: (log: number, n: number): string | undefined => logs.get(log)?.[n]?.id,

    events(log: number, after: string | undefined, since: number | null, limit: number) {
      const kept = logs.get(log) ?? [];
      return kept
        .slice(after === undefined ? 0 : kept.findIndex(({ id }) => id === after) + 1)
        .filter(({ at, expires }) => expires > now && at >= (since ?? 0))
        .slice(0, limit)
        .map(({ id, at, event }) => ({ id, at, event }));
    },
  };
}
