/**
 * How many long polls may be parked, counted in this process only: a poll holds a socket and some memory here and
 * nowhere else (R51). Past a limit the caller answers at once and the page refreshes plainly.
 */
export interface ParkedLimits {
  /** @returns the function that ends it (calling it twice does no harm), or `undefined` when a limit is reached. */
  enter(who: Parked): (() => void) | undefined;
  /** Polls parked now. */
  readonly size: number;
}

export interface Parked {
  readonly interaction?: string;
  readonly account: string;
  /** Only for unknown browsers: an office of known ones sits behind one address. */
  readonly address?: string;
}

export function createParkedLimits(limits: {
  readonly perInteraction: number;
  readonly perAccount: number;
  readonly perAddress: number;
  readonly perProcess: number;
}): ParkedLimits {
  const interactions = new Map<string, number>();
  const accounts = new Map<string, number>();
  const addresses = new Map<string, number>();
  let size = 0;

  return {
    get size() {
      return size;
    },
    enter({ interaction, account, address }) {
      const counted: [Map<string, number>, string, number][] = [[accounts, account, limits.perAccount]];
      if (interaction !== undefined) counted.push([interactions, interaction, limits.perInteraction]);
      if (address !== undefined) counted.push([addresses, address, limits.perAddress]);

      if (size >= limits.perProcess) return undefined;
      if (counted.some(([map, id, max]) => (map.get(id) ?? 0) >= max)) return undefined;
      size++;
      for (const [map, id] of counted) map.set(id, (map.get(id) ?? 0) + 1);

      let released = false;
      return () => {
        if (released) return;
        released = true;
        size--;
        for (const [map, id] of counted) {
          const left = (map.get(id) ?? 1) - 1;
          if (left > 0) map.set(id, left);
          else map.delete(id);
        }
      };
    },
  };
}
