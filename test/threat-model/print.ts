import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GUARANTEES, type Guarantee } from './guarantees.ts';
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
const guarantee = ({ says, file }: Guarantee) => `- ${says} ${link(file)}`;
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

## What is assumed

- The store, its keys and the machines of the server are the operator's alone, and TLS ends where \`http.trustedProxies\` says.
- A phone is in its owner's hands. Who holds one that is unlocked can approve, unless it keeps an approval credential.
- People read what the phone shows before they type a number. What is unusual stands above the number, in words.
- Addresses are evidence and no proof: they let nobody in, and only ever make a sign-in ask for more, or ring nobody.
- The push services may read nothing and forge nothing (RFC 8291), but may lose, delay and count what they carry.

## What is guaranteed against somebody who has the password

Each sentence with the test that fails when it is not so.

${GUARANTEES.map(guarantee).join('\n')}

## What is not

- **A live relay of the number.** A page in the middle can show the person the number of its own sign-in. The place it asks from
  is shown and signed, and policy can refuse it ([risk.md](risk.md)), but a number cannot end this: a passkey does
  ([attacks/relay.test](../test/attacks/relay.test.ts)). Require one for an app with \`--floor phr\`, for some sign-ins with a
  rule of \`proof: passkey\`; [passkeys.md](passkeys.md) says who can already.
- **A person who approves what is not theirs**, number and all. "Secure my account" ends what came of it.
- **Who drops its cookie is a new browser.** The quiet after two denies belongs to a browser; the caps belong to the account.
- **New browsers while the password is being tried.** Somebody with the password can use up what unknown browsers may ask for.
  Its owner signs in where they are known, or by a passkey. Who has neither lets browsers ask again on the device, which gives
  everybody the same few requests anew: against a program that tries all the time, an admin's new password is what helps.
- A person's name and e-mail share one count of wrong passwords, so who uses one up sees the other wait too.
- Each server process says for itself, once an hour, that an account is harassed or an address sprays: so many servers, so many lines.

## Rows

Rows R are rules, rows F are faults and bad inputs; a test names the row it shows.
`;

if (process.argv[1] && import.meta.filename === process.argv[1]) process.stdout.write(printThreatModel());
export const DOCUMENT = join(dirname(join(ROOT, 'package.json')), 'docs', 'threat-model.md');
