import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { environmentOptions } from '../../src/config/environment.ts';
import { readConfig } from '../../src/config/load.ts';
import { configSchema } from '../../src/config/schema.ts';
import { outline, type Path } from '../../src/options/outline.ts';

const paths = [...outline(configSchema)].map(({ path }) => path);

/** Any JSON, with strings that are nearly right now and then. */
const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }),
  fc.constantFrom(
    '120s',
    '-1s',
    '1e9d',
    'https://',
    'http://[',
    'https://a.example/#',
    'always',
    '*.',
    '::/0',
    '10.0.0.0/99',
    '',
  ),
  fc.array(fc.constantFrom('http://[', 'openid', 'code', 'com.example:', 'RS256', '', 'https://a.example')),
);

/** Puts a value at a path of the outline, making maps and one-item lists on the way. */
function put(data: Record<string, unknown>, path: Path, value: unknown): void {
  let here: Record<string, unknown> = data;
  const steps = path.map(String);
  for (const [n, step] of steps.entries()) {
    if (step === '[]') continue;
    if (n === steps.length - 1) here[step] = value;
    else {
      const inList = steps[n + 1] === '[]';
      const found = inList ? (here[step] as unknown[] | undefined)?.[0] : here[step];
      const next = typeof found === 'object' && found !== null && !Array.isArray(found) ? found : {};
      if (next !== found) here[step] = inList ? [next] : next;
      here = next as Record<string, unknown>;
    }
  }
}

describe('F8: a configuration of anything', () => {
  let cwd: string;
  before(() => {
    cwd = mkdtempSync(join(tmpdir(), 'countersign-hostile-'));
  });
  after(() => rmSync(cwd, { recursive: true }));

  const read = (text: string, env: Record<string, string>) => {
    writeFileSync(join(cwd, 'c.yaml'), text);
    const { config, problems } = readConfig({ file: 'c.yaml', env, cwd });
    expect(config === undefined).to.equal(problems.length > 0);
    for (const { source, field, was, wanted, sentence } of problems) {
      expect([source, field, was, wanted, sentence].every((part) => part.length > 0)).to.equal(true);
      expect(`${source}${field}${was}`).not.to.match(/[\n\r\0]/);
    }
  };

  it('is refused in words, never by a crash, wherever the value is', () => {
    const settings = fc.array(fc.tuple(fc.constantFrom(...paths), anything), { maxLength: 6 });
    fc.assert(
      fc.property(settings, (made) => {
        const data: Record<string, unknown> = { issuer: 'http://localhost:3000' };
        for (const [path, value] of made) put(data, path, value);
        read(JSON.stringify(data), {});
      }),
      { numRuns: 150 },
    );
  });

  it('from the environment as well', () => {
    const names = [...environmentOptions().keys()];
    const variables = fc.dictionary(
      fc.constantFrom(...names),
      fc.oneof(fc.string(), fc.constantFrom('true', '1', 'a,b')),
    );
    fc.assert(
      fc.property(variables, (env) => read('issuer: http://localhost:3000', env)),
      { numRuns: 150 },
    );
  });

  it('as text that is no YAML at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => read(text, {})),
      { numRuns: 150 },
    );
  });
});
