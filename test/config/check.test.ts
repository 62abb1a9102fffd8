import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { checkConfig } from '../../src/config/check.ts';
import { formatProblems } from '../../src/config/problems.ts';

describe('checking a configuration', () => {
  let cwd: string;
  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'countersign-check-'));
  });
  afterEach(() => rmSync(cwd, { recursive: true }));

  it('asks the provider about every client that is right by itself, also beside one that is not', async () => {
    writeFileSync(
      join(cwd, 'c.yaml'),
      `issuer: http://localhost:3000
clients:
  - { clientId: "a b", name: A, tokenEndpointAuthMethod: none, redirectUris: ["https://a.example/"] }
  - { clientId: good, name: B, tokenEndpointAuthMethod: none, redirectUris: ["https://b.example/"] }
  - { clientId: odd, name: C, tokenEndpointAuthMethod: none, redirectUris: ["https://c.example/"] }
`,
    );
    const asked: string[] = [];
    const problems = await checkConfig({
      file: 'c.yaml',
      env: {},
      cwd,
      validateClient: async ({ client_id }) => {
        asked.push(client_id);
        return client_id === 'odd' ? 'redirect_uris must be odder' : undefined;
      },
    });
    expect(asked).to.deep.equal(['good', 'odd']);
    expect(problems.map(({ source, field }) => `${source} ${field}`)).to.deep.equal([
      'c.yaml:3:17 clients[0].clientId',
      'c.yaml:5:5 clients[2]',
    ]);
    expect(problems[1]?.wanted).to.include('redirect_uris must be odder');
    expect(formatProblems(problems)).to.match(
      /^2 problems in the configuration:\n\nc\.yaml:3:17 {2}clients\[0\]\.clientId: was 'a b', wanted /,
    );
  });

  it('finds nothing wrong with what a start would take', async () => {
    expect(await checkConfig({ env: { COUNTERSIGN_ISSUER: 'http://localhost:3000' }, cwd })).to.deep.equal(
      [],
    );
  });
});
