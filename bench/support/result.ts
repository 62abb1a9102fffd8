/** What a benchmark says: a table for people, the targets with what came out, and remarks. Plain JSON. */
export interface BenchResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  readonly targets: readonly Target[];
  readonly notes: readonly string[];
}

export interface Target {
  readonly what: string;
  readonly wanted: string;
  readonly got: string;
  readonly met: boolean;
}

export interface BenchOptions {
  /** Small: proves in seconds that the program works; its figures mean nothing. */
  readonly quick: boolean;
  /** How often each variant has its turn; the variants alternate. */
  readonly rounds: number;
}

export interface Bench {
  /** One sentence. */
  readonly about: string;
  run(options: BenchOptions): Promise<BenchResult>;
}

/** A target of the form "at most `limit`". */
export function atMost(what: string, got: number, limit: number, unit = ''): Target {
  return { what, wanted: `at most ${limit}${unit}`, got: `${short(got)}${unit}`, met: got <= limit };
}

export function atLeast(what: string, got: number, limit: number, unit = ''): Target {
  return { what, wanted: `at least ${limit}${unit}`, got: `${short(got)}${unit}`, met: got >= limit };
}

/** Three significant digits. */
export function short(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(3)) : value;
}
