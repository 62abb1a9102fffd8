import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { environmentOptions } from '../../src/config/environment.ts';
import { loadConfig } from '../../src/config/load.ts';
import { printConfigurationDocs } from '../../src/config/print-docs.ts';
import { configSchema } from '../../src/config/schema.ts';
import { outline } from '../../src/options/outline.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

describe('docs/configuration.md', () => {
  it('is what the schema prints', () => {
    expect(
      read('docs/configuration.md'),
      'run: node src/config/print-docs.ts > docs/configuration.md',
    ).to.equal(printConfigurationDocs());
  });

  it('has a type, a default and one sentence for every option, and a variable for every scalar', () => {
    const entries = [...outline(configSchema)];
    const variables = new Set([...environmentOptions().values()].map(({ path }) => path.join('.')));
    expect(entries.length).to.be.greaterThan(100);
    for (const entry of entries) {
      if (entry.is !== 'option') continue;
      const { path, option } = entry;
      expect(option.sentence, path.join('.')).to.match(/^[A-Z`].*[.]$/);
      expect(option.type && option.wanted && option.standard, path.join('.'))
        .to.be.a('string')
        .and.not.equal('');
      const single = option.reads !== 'records' && !path.includes('[]');
      expect(variables.has(path.join('.')), path.join('.')).to.equal(single);
    }
  });

  it('leaves nothing in the schema undescribed', () => {
    const described = new Set([...outline(configSchema)].map(({ path }) => path[0]));
    expect([...described]).to.have.members(Object.keys(configSchema.shape));
  });
});

describe('config/countersign.example.yaml', () => {
  let cwd: string;
  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'countersign-example-'));
    mkdirSync(join(cwd, 'config'));
    writeFileSync(join(cwd, 'config/shop.secret'), 's'.repeat(44));
    writeFileSync(join(cwd, 'config/mail.secret'), 'hush');
  });
  afterEach(() => rmSync(cwd, { recursive: true }));

  const load = (text: string) => {
    writeFileSync(join(cwd, 'config/countersign.yaml'), text);
    return loadConfig({ env: {}, cwd });
  };

  it('loads as it is', () => {
    expect(load(read('config/countersign.example.yaml')).issuer).to.equal('https://id.example.com');
  });

  it('shows real defaults: it loads to the same with everything commented in, but for the examples', () => {
    const text = read('config/countersign.example.yaml');
    const bare = load(text);
    const full = load(text.replace(/^( *)#(?=\S)/gm, '$1'));
    const { redisUrl: _url, ...store } = full.store;
    const { file: _file, ...log } = full.log;
    const { name } = full.organisation;
    const { blocklistFile: _blocklist, ...password } = full.password;
    const { mail: _mail, ...rest } = full;
    const { rememberBrowser: _remember, ...session } = full.session;
    const { offlineCode: _offlineCode, ...factors } = full.factors;
    const { subject: _subject, caFile: _ca, ...push } = full.push;
    const shown = {
      ...rest,
      store,
      log,
      organisation: { name },
      session,
      password,
      factors,
      push,
      authenticator: {},
      policy: { ...full.policy, rules: [], requirePasskey: [] },
      risk: { ...bare.risk, reloadEvery: full.risk.reloadEvery },
      resources: [],
      clients: [],
    };
    expect(shown).to.deep.equal(bare);
    expect(full.policy.rules).to.have.length(2);
    expect(full.clients[0]).to.include({ clientId: 'shop', secret: 's'.repeat(44) });
  });

  it('names every section and option outside lists', () => {
    const text = read('config/countersign.example.yaml');
    const left = [...outline(configSchema)]
      .filter(({ path }) => !path.includes('[]') && !path.includes('tls'))
      .map(({ path }) => path.at(-1)!)
      .filter((key) => !new RegExp(`\\b${key}:`).test(text));
    expect(left).to.deep.equal(['threads']);
  });
});
