/** A command cannot do what it was asked; the message is one sentence for the person at the terminal. Exit code 1. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

/** The command line itself is wrong. Exit code 2, as for an unknown flag. */
export class UsageWrong extends CommandFailed {}

/** Writes to standard output: words for people, or with `--json` one JSON value for scripts. */
export function say(json: boolean, forPeople: string, forScripts: unknown): void {
  process.stdout.write(json ? `${JSON.stringify(forScripts)}\n` : `${forPeople}\n`);
}

/** For standard error, so that standard output keeps nothing but the answer. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Columns as wide as their widest cell; control characters of names from elsewhere do not reach the terminal. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, ...rows].map((row) => row.map(printable));
  const widths = headings.map((_, column) =>
    Math.max(...lines.map((line) => [...(line[column] ?? '')].length)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** One line of text that holds nothing a terminal would act on. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\ufffd');
}

/** `2026-11-24 23:51:06 UTC`. */
export function time(epochMs: number): string {
  return `${new Date(epochMs).toISOString().replace('T', ' ').slice(0, 19)} UTC`;
}
