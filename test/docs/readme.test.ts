import { readFileSync } from 'node:fs';
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
    const commands = [...readme.matchAll(/`npx countersign ([a-z]+) ([a-z]+)/g)];
    expect(commands.length).to.be.greaterThan(2);
    for (const [, group = '', command = ''] of commands) {
      const files = [
        'user-commands',
        'user-add',
        'client-add',
        'config-commands',
        'device-commands',
        'device-run',
        'mail-commands',
      ];
      const source = files.map((file) => read(`src/cli/${file}.ts`)).join('\n');
      expect(source, `${group} ${command}`).to.include(`.command('${command}')`);
    }
  });
});
