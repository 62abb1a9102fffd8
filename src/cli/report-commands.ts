import { once } from 'node:events';
import { type Command, Option } from 'commander';
import {
  countFactors,
  FACTOR_GAPS,
  type FactorCounts,
  type FactorGap,
  factorReport,
  type PersonFactors,
} from '../accounts/factor-report.ts';
import { wantsJson, withServices } from './context.ts';
import { note, printable, time } from './output.ts';

interface FactorsOptions {
  readonly format: 'table' | 'csv' | 'json';
  readonly only?: FactorGap;
}

/** Writes as fast as whoever reads: a hundred thousand lines are never in memory together. */
async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

export function addReportCommands(program: Command): void {
  program
    .command('report')
    .description('what an admin may want to know of everybody')
    .command('factors')
    .description(
      'who has only push, who has passkeys, a second device, recovery codes, and who never signed in',
    )
    .addOption(new Option('--format <format>', 'how').choices(['table', 'csv', 'json']).default('table'))
    .addOption(new Option('--only <who>', 'only these people').choices(Object.keys(FACTOR_GAPS)))
    .action((options: FactorsOptions, command: Command) =>
      withServices(command, async ({ store, accounts }) => {
        const format = wantsJson(command) ? 'json' : options.format;
        const printer = PRINTERS[format];
        const { only } = options;
        const counting = countFactors();
        await write(printer.begin);
        let printed = 0;
        for await (const person of factorReport(store, accounts)) {
          counting.add(person);
          if (only === undefined || FACTOR_GAPS[only](person)) await write(printer.line(person, printed++));
        }
        await write(printer.end);
        // In a table the numbers are for the same eyes; a file of lines is for a program.
        if (format === 'table') await write(`\n${summary(counting.counts())}\n`);
        else note(summary(counting.counts()));
      }),
    );
}

function summary({ people, gaps }: FactorCounts): string {
  const each = Object.entries(gaps).map(([gap, count]) => `${gap} ${count}`);
  return `${people} people: ${each.join(', ')}`;
}

interface Printer {
  readonly begin: string;
  readonly line: (person: PersonFactors, index: number) => string;
  readonly end: string;
}

const USER = 32;
const COLUMNS = ['DEVICES', 'PASSKEYS', 'CODES', 'LAST SIGN-IN'] as const;

const tableLine = (user: string, cells: readonly string[]) =>
  `${[user.padEnd(USER), ...cells.map((cell, i) => cell.padEnd(COLUMNS[i]!.length))].join('  ').trimEnd()}\n`;

const PRINTERS: Readonly<Record<FactorsOptions['format'], Printer>> = {
  table: {
    begin: tableLine('USER', COLUMNS),
    line: (person) =>
      tableLine(printable(person.userName) + (person.disabled ? ' (disabled)' : ''), [
        String(person.devices),
        String(person.passkeys),
        String(person.recoveryCodes),
        person.signedInAt === null ? 'never' : time(person.signedInAt),
      ]),
    end: '',
  },
  csv: {
    begin: 'user_name,sub,disabled,groups,devices,passkeys,recovery_codes,last_sign_in\r\n',
    line: (person) =>
      `${[
        person.userName,
        person.sub,
        person.disabled ? 'yes' : 'no',
        person.groups.join(' '),
        String(person.devices),
        String(person.passkeys),
        String(person.recoveryCodes),
        person.signedInAt === null ? '' : new Date(person.signedInAt).toISOString(),
      ]
        .map(csvCell)
        .join(',')}\r\n`,
    end: '',
  },
  json: {
    begin: '[',
    line: (person, index) => `${index === 0 ? '' : ','}\n${JSON.stringify(person)}`,
    end: '\n]\n',
  },
};

/** RFC 4180; a cell that a spreadsheet would take for a formula begins with an apostrophe. */
function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
