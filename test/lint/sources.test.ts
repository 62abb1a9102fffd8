import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';

const ROOT = join(import.meta.dirname, '../..');
const sources = globSync('src/**/*.ts', { cwd: ROOT });

/** What no lint rule of ours says. */
describe('the sources', () => {
  const having = (pattern: RegExp, files: readonly string[]) =>
    files.filter((file) => pattern.test(readFileSync(join(ROOT, file), 'utf8')));

  it('take no randomness but that of node:crypto', () => {
    expect(sources.length).to.be.greaterThan(100);
    expect(having(/\bMath\s*(\.\s*random|\[\s*['"`]random)/, sources)).to.deep.equal([]);
  });

  it('write to the console only where a person sits at a terminal', () => {
    const others = sources.filter((file) => !/^src\/(cli|demo|terminal-device)\//.test(file));
    expect(having(/\bconsole\s*\.\s*\w/, others)).to.deep.equal([]);
  });
});
