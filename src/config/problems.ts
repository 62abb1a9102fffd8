/** One thing that is wrong with the configuration, in one grammar for every source. */
export interface Problem {
  /** `config/countersign.yaml:12:5`, `environment COUNTERSIGN_HTTP_PORT`, or `configuration` when nobody set it. */
  readonly source: string;
  /** `http.port`. */
  readonly field: string;
  readonly was: string;
  readonly wanted: string;
  readonly sentence: string;
}

/** The problems for people: two lines each, in the order of the file. */
export function formatProblems(problems: readonly Problem[]): string {
  const count = problems.length === 1 ? 'One problem' : `${problems.length} problems`;
  return `${count} in the configuration:\n\n${listProblems(problems)}\n`;
}

/** Two lines each. */
export function listProblems(problems: readonly Problem[]): string {
  return problems
    .map(
      ({ source, field, was, wanted, sentence }) =>
        `${source}  ${field}: was ${was}, wanted ${wanted}\n    ${sentence}`,
    )
    .join('\n');
}

/** Thrown by `loadConfig`: nothing starts, and everything that is wrong is in `problems`. */
export class ConfigInvalid extends Error {
  override readonly name = 'ConfigInvalid';
  readonly code = 'config_invalid';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(formatProblems(problems));
    this.problems = problems;
  }
}
