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

  function change({ interaction, account, address }: Parked, by: 1 | -1): void {
    size += by;
    count(accounts, account, by);
    count(interactions, interaction, by);
    count(addresses, address, by);
  }

  return {
    get size() {
      return size;
    },
    enter(who) {
      const { interaction, account, address } = who;
      if (
        size >= limits.perProcess ||
        full(accounts, account, limits.perAccount) ||
        full(interactions, interaction, limits.perInteraction) ||
        full(addresses, address, limits.perAddress)
      ) {
        return undefined;
      }
      change(who, 1);
      let released = false;
      return () => {
        if (!released) change(who, -1);
        released = true;
      };
    },
  };
}

function full(map: ReadonlyMap<string, number>, id: string | undefined, max: number): boolean {
  return id !== undefined && (map.get(id) ?? 0) >= max;
}

function count(map: Map<string, number>, id: string | undefined, by: 1 | -1): void {
  if (id === undefined) return;
  const now = (map.get(id) ?? 0) + by;
  if (now > 0) map.set(id, now);
  else map.delete(id);
}
