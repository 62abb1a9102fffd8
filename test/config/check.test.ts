import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { checkConfig } from '../../src/config/check.ts';
import { loadConfigToStart } from '../../src/config/load.ts';
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

  it('names every file that a start could not read, by its option and its place', async () => {
    writeFileSync(join(cwd, 'no-pem.txt'), 'hello');
    writeFileSync(
      join(cwd, 'c.yaml'),
      `issuer: http://localhost:3000
challenge: { digits: 9 }
risk:
  cityFiles: [no-pem.txt, gone.mmdb]
  hostingLists: [.]
factors: { offlineCode: { keyFile: gone.key } }
password: { blocklistFile: gone.txt }
passkeys: { attestation: preferred, roots: [no-pem.txt] }
push: { caFile: gone.pem }
mail: { host: mail.example.com, from: a@b.example, caFile: no-pem.txt }
`,
    );
    const source = { file: 'c.yaml', env: { COUNTERSIGN_RISK_NETWORK_FILES: 'gone.mmdb' }, cwd };
    const said = (await checkConfig(source)).map((one) => `${one.source} ${one.field}: ${one.was}`);
    expect(said).to.deep.equal([
      'c.yaml:2:22 challenge.digits: 9',
      "c.yaml:4:27 risk.cityFiles[1]: 'gone.mmdb' (ENOENT)",
      "c.yaml:5:18 risk.hostingLists[0]: '.' (a folder)",
      "c.yaml:6:36 factors.offlineCode.keyFile: 'gone.key' (ENOENT)",
      "c.yaml:7:28 password.blocklistFile: 'gone.txt' (ENOENT)",
      "c.yaml:8:45 passkeys.roots[0]: 'no-pem.txt' (without a certificate)",
      "c.yaml:9:17 push.caFile: 'gone.pem' (ENOENT)",
      "c.yaml:10:60 mail.caFile: 'no-pem.txt' (without a certificate)",
      "environment COUNTERSIGN_RISK_NETWORK_FILES risk.networkFiles[0]: 'gone.mmdb' (ENOENT)",
    ]);
    expect(() => loadConfigToStart(source), 'a start says the same').to.throw(
      /factors\.offlineCode\.keyFile/,
    );
  });

  it('takes no day that is not in the calendar', async () => {
    for (const [from, wrong] of [
      ['2027-02-28', 0],
      ['2027-03-01T08:00:00Z', 0],
      ['2027-02-31', 1],
      ['2027-02-31T08:00:00Z', 1],
    ] as const) {
      const text = `issuer: http://localhost:3000\npolicy: { requirePasskey: [{ from: "${from}" }] }\n`;
      writeFileSync(join(cwd, 'c.yaml'), text);
      expect(await checkConfig({ file: 'c.yaml', env: {}, cwd }), from).to.have.length(wrong);
    }
  });

  it('finds nothing wrong with what a start would take', async () => {
    expect(await checkConfig({ env: { COUNTERSIGN_ISSUER: 'http://localhost:3000' }, cwd })).to.deep.equal(
      [],
    );
  });
});
