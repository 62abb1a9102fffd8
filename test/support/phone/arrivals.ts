/** A loaded machine is slow; a test that waits for a condition loses nothing by patience. */
export const PATIENCE_MS = 30_000;

/** What came in, oldest first, and a way to wait for what is still to come. */
export class Arrivals<T> {
  readonly all: T[] = [];
  private readonly waiting = new Set<() => void>();
  private readonly what: string;

  /** @param what names one of them in errors, e.g. `notification`. */
  constructor(what: string) {
    this.what = what;
  }

  add(one: T): void {
    this.all.push(one);
    for (const look of this.waiting) look();
  }

  /** Something about those that are there changed. */
  changed(): void {
    for (const look of this.waiting) look();
  }

  /**
   * The first that fits, from the `from`th on; waits for it.
   *
   * @throws Error with what came instead, after `PATIENCE_MS`.
   */
  async first(fits: (one: T) => boolean = () => true, from = 0): Promise<T> {
    return this.until(() => this.all.slice(from).find(fits));
  }

  /** Waits until there are `count` in all. @returns them */
  async count(count: number): Promise<readonly T[]> {
    return this.until(() => (this.all.length >= count ? this.all : undefined));
  }

  private until<R>(look: () => R | undefined): Promise<R> {
    return new Promise((resolve, reject) => {
      const again = () => {
        const found = look();
        if (found === undefined) return;
        this.waiting.delete(again);
        clearTimeout(limit);
        resolve(found);
      };
      const limit = setTimeout(() => {
        this.waiting.delete(again);
        const came = JSON.stringify(this.all);
        reject(new Error(`no ${this.what} as expected within ${PATIENCE_MS} ms; there were: ${came}`));
      }, PATIENCE_MS);
      this.waiting.add(again);
      again();
    });
  }
}

/** Asks again until the answer is neither `undefined` nor false. @throws Error that says `what` it waited for, as it stands then */
export async function eventually<T>(
  what: string | (() => string),
  ask: () => Promise<T> | T,
): Promise<NonNullable<T>> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false) return answer;
    if (performance.now() > end) {
      throw new Error(`waited ${PATIENCE_MS} ms for ${typeof what === 'string' ? what : what()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
