import type { Machine } from './machine.ts';
import type { BenchResult } from './result.ts';

export interface ProgramReport extends BenchResult {
  readonly program: string;
  readonly about: string;
  readonly rounds: number;
  readonly seconds: number;
  /** Load of the machine over the minute before. */
  readonly loadBefore: number;
}

export interface Report {
  readonly machine: Machine;
  readonly quick: boolean;
  readonly programs: readonly ProgramReport[];
}

type Cell = string | number;

export function forTerminal(report: ProgramReport): string {
  const lines = table(report.columns, report.rows);
  const targets = report.targets.map(
    ({ what, wanted, got, met }) => `  ${met ? 'met   ' : 'MISSED'} ${what}: ${got} (wanted ${wanted})`,
  );
  const notes = report.notes.map((note) => `  ${note}`);
  return [
    '',
    `== ${report.program}: ${report.about}`,
    `   ${report.rounds} rounds, ${report.seconds} s, load before ${report.loadBefore}`,
    ...lines,
    ...targets,
    ...notes,
  ].join('\n');
}

function table(columns: readonly string[], rows: readonly (readonly Cell[])[]): string[] {
  const all = [columns, ...rows].map((row) => row.map((cell) => clipped(String(cell))));
  const widths = columns.map((_, i) => Math.max(...all.map((row) => (row[i] ?? '').length)));
  return all.map(
    (row) =>
      `  ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ')}`,
  );
}

/** The whole of it is in the JSON. */
const clipped = (cell: string) => (cell.length > 80 ? `${cell.slice(0, 77)}...` : cell);

const BUSY = 1.5;

export function forRepository({ machine, programs }: Report): string {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  const parts = programs.map((report) => {
    const row = (cells: readonly Cell[]) =>
      `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
    const busy =
      report.loadBefore > BUSY
        ? `, **on a busy machine: load ${report.loadBefore} before it**`
        : `, load before ${report.loadBefore}`;
    return [
      `## ${report.program}`,
      '',
      `${report.about} ${report.rounds} interleaved rounds, ${report.seconds} s${busy}.`,
      '',
      row(report.columns),
      row(report.columns.map((_, i) => (i === 0 ? '---' : '---:'))),
      ...report.rows.map(row),
      '',
      ...(report.targets.length === 0
        ? []
        : [
            '| target | wanted | measured | |',
            '| --- | --- | --- | --- |',
            ...report.targets.map(({ what, wanted, got, met }) =>
              row([what, wanted, got, met ? 'met' : '**missed**']),
            ),
            '',
          ]),
      ...report.notes.map((note) => `- ${note}`),
    ]
      .join('\n')
      .trimEnd();
  });
  const all = programs.flatMap(({ program, targets }) => targets.map((target) => ({ program, ...target })));
  const missed = all.filter(({ met }) => !met);
  return `${[
    '# What the benchmarks say',
    '',
    'Written by `npm run bench -- --write`; the same figures are in `results.json`. Ratios travel from one machine to the',
    'next, absolute times do not. Each program compares its variants in one run, in alternating rounds.',
    '',
    `- Commit ${machine.commit}, ${machine.date.slice(0, 16).replace('T', ' ')} UTC`,
    `- ${machine.cores} cores of ${machine.cpu}, ${machine.memoryGiB} GiB, ${machine.system}; clients, servers and Redis share them`,
    `- ${versions.join(', ')}`,
    '',
    `${all.length - missed.length} of ${all.length} targets are met.${
      missed.length === 0
        ? ''
        : ` Missed: ${missed.map(({ program, what }) => `${program} (${what})`).join('; ')}.`
    }`,
    '',
    parts.join('\n\n'),
  ].join('\n')}\n`;
}
