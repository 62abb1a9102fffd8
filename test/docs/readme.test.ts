import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { DEMO_PASSWORD, DEMO_USER } from '../../src/demo/demo-records.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

describe('README.md', () => {
  const readme = read('README.md');

  it('shows what the demo prints, as it prints it', () => {
    const block = /^ {4}Countersign is running[\s\S]*?(?=^\S)/m.exec(readme)?.[0] ?? '';
    const lines = block.split('\n').map((line) => line.slice(4));
    expect(lines.length).to.be.greaterThan(7);
    const printed = read('src/demo/demo-terminal.ts')
      .replaceAll(`\${DEMO_USER}`, DEMO_USER)
      .replaceAll(`\${DEMO_PASSWORD}`, DEMO_PASSWORD)
      .replaceAll(`\${appOrigin}`, 'http://localhost:3001');
    for (const line of lines) expect(printed).to.include(line);
  });

  it('names npm scripts and commands that there are', () => {
    const { scripts } = JSON.parse(read('package.json'));
    for (const [, name = ''] of readme.matchAll(/\bnpm run ([a-z:]+)/g))
      expect(scripts).to.have.property(name);
  });

  it('and the pages for admins name commands and options that there are', () => {
    const source = new Map(
      globSync('src/cli/*.ts', { cwd: ROOT }).map((file) => [file, read(file)] as const),
    );
    const all = [...source.values()].join('\n');
    const pages = ['README.md', 'docs/admin.md', 'docs/passkeys.md', 'docs/authenticator.md', 'docs/risk.md'];
    let seen = 0;
    for (const page of pages) {
      const text = read(page).replaceAll(/\s+/g, ' ');
      for (const [, line = ''] of text.matchAll(/`(?:npx )?countersign ([a-z]+ [a-z][^`]*)`/g)) {
        const [group = '', command = ''] = line.split(' ');
        const file = [...source.values()].find(
          (one) => one.includes(`.command('${command}`) && one.includes(group),
        );
        expect(file, `${page}: ${line}`).to.be.a('string');
        for (const [option] of line.matchAll(/(?<= )--[a-z-]+/g))
          expect(all, `${page}: ${line}`).to.match(new RegExp(`['\\s]${option}(?![a-z-])`));
        seen++;
      }
    }
    expect(seen).to.be.greaterThan(30);
  });
});
