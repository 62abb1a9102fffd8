import { CsvError, parse } from 'csv-parse/sync';
import { namesOf } from './name-pointers.ts';
import { type NewAccount, newAccountSchema } from './schema.ts';

/** One thing wrong in the file. `line` counts from 1, the header being line 1. */
export interface ImportProblem {
  readonly line: number;
  readonly field: string;
  readonly was: string;
  readonly wanted: string;
}

export interface ParsedPeople {
  /** The valid rows, in the file's order. */
  readonly people: readonly { readonly line: number; readonly person: NewAccount }[];
  /** Everything that is wrong, in the file's order; import nothing unless it is empty. */
  readonly problems: readonly ImportProblem[];
}

const ADDRESS = ['formatted', 'street_address', 'locality', 'region', 'postal_code', 'country'] as const;
const CLAIMS = [
  'name',
  'given_name',
  'family_name',
  'middle_name',
  'nickname',
  'preferred_username',
  'profile',
  'picture',
  'website',
  'gender',
  'birthdate',
  'zoneinfo',
  'locale',
  'phone_number',
] as const;

/** The columns a file may have; only `user_name` must be there. Several e-mails in a cell are parted by `;`. */
export const CSV_COLUMNS: readonly string[] = [
  'user_name',
  'email',
  'email_verified',
  ...CLAIMS,
  'phone_number_verified',
  ...ADDRESS.map((part) => `address.${part}`),
  'disabled',
];

interface Row {
  readonly record: Record<string, string>;
  readonly info: { readonly lines: number };
}

/** Reads people from CSV text (RFC 4180, first line = column names, empty cell = not given). Never throws for bad input. */
export function parsePeople(csvText: string): ParsedPeople {
  const problems: ImportProblem[] = [];
  const rows = readRows(csvText, problems);
  const people: { line: number; person: NewAccount }[] = [];
  const lineOfName = new Map<string, number>();

  for (const { record, info } of rows) {
    const result = newAccountSchema.safeParse(toPerson(record, info.lines, problems));
    if (!result.success) {
      for (const issue of result.error.issues) {
        const field = columnOf(issue.path);
        problems.push({ line: info.lines, field, was: record[field] ?? '', wanted: issue.message });
      }
      continue;
    }
    const person = result.data;
    const taken = namesOf({ userName: person.userName, emails: person.emails }).filter((name) => {
      const line = lineOfName.get(name);
      if (line === undefined) lineOfName.set(name, info.lines);
      else {
        const wanted = `a name that is not on line ${line} already`;
        problems.push({
          line: info.lines,
          field: name.includes('@') ? 'email' : 'user_name',
          was: name,
          wanted,
        });
      }
      return line !== undefined;
    });
    if (taken.length === 0) people.push({ line: info.lines, person });
  }
  const bad = new Set(problems.map(({ line }) => line));
  return {
    people: people.filter(({ line }) => !bad.has(line)),
    problems: problems.sort((a, b) => a.line - b.line),
  };
}

function readRows(csvText: string, problems: ImportProblem[]): Row[] {
  let columns: string[] = [];
  try {
    const rows = parse(csvText, {
      bom: true,
      trim: true,
      info: true,
      skip_empty_lines: true,
      relax_column_count: true,
      columns: (header: string[]) => {
        columns = header.map((column) => column.toLowerCase());
        return columns;
      },
    }) as unknown as (Row & { info: { error?: CsvError } })[];
    for (const [index, column] of columns.entries()) {
      if (!CSV_COLUMNS.includes(column)) {
        problems.push({ line: 1, field: column, was: column, wanted: `one of ${CSV_COLUMNS.join(', ')}` });
      } else if (columns.indexOf(column) !== index) {
        problems.push({ line: 1, field: column, was: column, wanted: 'each column once' });
      }
    }
    if (!columns.includes('user_name')) {
      problems.push({ line: 1, field: 'user_name', was: columns.join(','), wanted: 'a column user_name' });
      return [];
    }
    return rows.filter(({ info }) => {
      if (!info.error) return true;
      problems.push({
        line: info.lines,
        field: 'row',
        was: '',
        wanted: `${columns.length} cells, one a column`,
      });
      return false;
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error['lines'] === 'number' ? error['lines'] : 1;
    problems.push({ line, field: 'file', was: '', wanted: `CSV text (${error.message})` });
    return [];
  }
}

function toPerson(record: Record<string, string>, line: number, problems: ImportProblem[]): unknown {
  const cell = (column: string) => record[column] || undefined;
  const flag = (column: string): boolean | undefined => {
    const value = cell(column)?.toLowerCase();
    if (value === undefined) return undefined;
    if (['true', 'yes', '1'].includes(value)) return true;
    if (!['false', 'no', '0'].includes(value)) {
      problems.push({ line, field: column, was: value, wanted: 'true or false' });
    }
    return false;
  };
  const given = (entries: [string, unknown][]) =>
    Object.fromEntries(entries.filter(([, value]) => value !== undefined));

  const address = given(ADDRESS.map((part) => [part, cell(`address.${part}`)]));
  const verified = flag('email_verified') ?? false;
  return given([
    ['userName', cell('user_name') ?? ''],
    [
      'emails',
      (cell('email') ?? '').split(';').flatMap((one) => (one.trim() ? [{ address: one, verified }] : [])),
    ],
    ['disabled', flag('disabled')],
    [
      'profile',
      given([
        ...CLAIMS.map((claim): [string, unknown] => [claim, cell(claim)]),
        ['phone_number_verified', flag('phone_number_verified')],
        ['address', Object.keys(address).length > 0 ? address : undefined],
      ]),
    ],
  ]);
}

function columnOf(path: readonly PropertyKey[]): string {
  const parts = path.map(String);
  if (parts[0] === 'userName') return 'user_name';
  if (parts[0] === 'emails') return 'email';
  if (parts[0] === 'profile') return parts.slice(1).join('.');
  return parts.join('.');
}
