import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { readPolicyFile } from '../../src/config/policy-file.ts';
import { configSchema } from '../../src/config/schema.ts';
import { BUILT_IN_RULES } from '../../src/risk/built-in-rules.ts';
import { PROOFS } from '../../src/risk/proof.ts';
import { SIGNALS } from '../../src/risk/signals.ts';

const ROOT = join(import.meta.dirname, '../..');
const text = readFileSync(join(ROOT, 'docs/risk.md'), 'utf8');
const blocks = [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = '']) => yaml);
const rows = (heading: string) => {
  const from = text.indexOf(`| ${heading} |`);
  return [...text.slice(from, text.indexOf('\n\n', from)).matchAll(/^\| `([a-z-]+)` \|/gm)].map(
    ([, name]) => name,
  );
};

describe('docs/risk.md', () => {
  it('shows the built-in rules as they are', () => {
    const shown = configSchema.shape.policy.parse((parse(blocks[0]!) as { policy: never }).policy);
    expect(shown.rules).to.deep.equal(BUILT_IN_RULES);
  });

  it('gives examples that a configuration takes', () => {
    expect(blocks).to.have.length(2);
    for (const block of blocks)
      expect(() => configSchema.shape.policy.parse(parse(block).policy)).not.to.throw();
    expect(readPolicyFile('config/countersign.example.yaml', ROOT).profile).to.equal('default');
  });

  it('has a row for every proof and every signal, in the order of the code', () => {
    expect(rows('`proof`')).to.deep.equal(['proof', ...PROOFS]);
    expect(rows('signal')).to.deep.equal(SIGNALS);
  });
});
