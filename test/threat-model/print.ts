import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { OPEN_ROWS } from './open-rows.ts';

/**
 * Prints docs/threat-model.md: every row of the security requirements with the tests whose titles name it.
 * `node test/threat-model/print.ts > docs/threat-model.md`; a test holds the page to the titles.
 */
interface Row {
  readonly row: string;
  readonly rule: string;
  readonly expected?: string;
}

const ROOT = join(import.meta.dirname, '..', '..');
const TITLE = /\b(?:describe|it)\(\s*(['"`])((?:\\.|(?!\1).)*)\1/gs;

/** Files whose titles name a row, by row, in the order of their paths. */
export function testsByRow(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const files = globSync('test/**/*.test.ts', { cwd: ROOT }).concat('test/store/contract.ts').sort();
  for (const file of files) {
    const text = readFileSync(join(ROOT, file), 'utf8');
    for (const [, , title = ''] of text.matchAll(TITLE)) {
      for (const [row] of title.matchAll(/\b[RF]\d{1,2}\b/g)) {
        const files = found.get(row) ?? [];
        if (!files.includes(file)) found.set(row, [...files, file]);
      }
    }
  }
  return found;
}

export function rows(): readonly Row[] {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'rows.json'), 'utf8')) as Row[];
}

export function printThreatModel(): string {
  const tests = testsByRow();
  const all = rows();
  const covered = all.filter(({ row }) => tests.has(row)).length;
  const lines = all.map(({ row, rule, expected }) => {
    const files = tests.get(row);
    const where = files ? files.map(link).join(', ') : `*none yet*: ${OPEN_ROWS[row] ?? ''}`;
    return `| ${row} | ${cell(expected === undefined ? rule : `${rule} → ${expected}`)} | ${where} |`;
  });
  return `${INTRODUCTION.trim()}

${covered} of ${all.length} rows are named by a test.

| row | rule | tests |
| --- | --- | --- |
${lines.join('\n')}
`;
}

const link = (file: string) => `[${file.slice('test/'.length).replace(/\.ts$/, '')}](../${file})`;
const cell = (text: string) => text.replaceAll('|', '\\|');

const INTRODUCTION = `
# Threat model

*Printed from the tests' titles by \`node test/threat-model/print.ts\`; not edited by hand.*

**Who attacks.** Somebody who has the password and wants in without the phone. Somebody who sits in the middle of a
sign-in and relays it. An app that is curious or careless. A person with an enrolled device who wants to be somebody
else. Somebody on a sibling domain who can set cookies. Somebody with nothing but the address of the server, who wants
to know who has an account, to keep people out, or to make their phones ring.

**What bounds them.** No session exists before the client's floor is proved. What one browser began no other can
finish. A device signs exactly what it showed, with a key that never leaves it. The number goes from the browser to
the phone and never the other way. Every decision is one compare-and-set in the store. An unknown browser is told
nothing until a device answers. What cannot be checked is refused.

**What stays as it is, on purpose.** The quiet after a deny belongs to the browser that asked: who drops its cookie is a
new browser, and only the caps of the account hold them. A person's name and e-mail share one count of wrong passwords, so
who uses one up sees the other wait too. A relay that sits in the middle can pass a number on; only a passkey is proof
against that.

**What is not bounded yet** stands below as rows without a test, with the reason.

Rows R are rules, rows F are faults and bad inputs; a test names the row it shows.
`;

if (process.argv[1] && import.meta.filename === process.argv[1]) process.stdout.write(printThreatModel());
export const DOCUMENT = join(dirname(join(ROOT, 'package.json')), 'docs', 'threat-model.md');
