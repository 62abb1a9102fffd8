import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { GUARANTEES } from './guarantees.ts';
import { OPEN_ROWS } from './open-rows.ts';
import { DOCUMENT, printThreatModel, rows, testsByRow } from './print.ts';

describe('docs/threat-model.md', () => {
  it('is what the titles of the tests say', () => {
    expect(readFileSync(DOCUMENT, 'utf8')).to.equal(printThreatModel());
  });

  it('gives a reason for every row without a test, and for no other', () => {
    const tests = testsByRow();
    const without = rows()
      .map(({ row }) => row)
      .filter((row) => !tests.has(row));
    expect(Object.keys(OPEN_ROWS).sort()).to.deep.equal(without.sort());
    for (const [row, reason] of Object.entries(OPEN_ROWS)) expect(reason, row).to.match(/\S{3}/);
  });

  it('knows every row that a test names', () => {
    const known = new Set(rows().map(({ row }) => row));
    expect([...testsByRow().keys()].filter((row) => !known.has(row))).to.deep.equal([]);
  });

  it('names for every guarantee a test there is', () => {
    for (const { says, file, title } of GUARANTEES)
      expect(readFileSync(join(import.meta.dirname, '..', '..', file), 'utf8'), says).to.include(
        `it('${title}`,
      );
  });
});
