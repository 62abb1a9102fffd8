import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { type CliWorld, createCliWorld } from '../support/run-cli.ts';

describe('countersign config check', function () {
  this.timeout(60_000); // each command is a process of its own
  let cli: CliWorld;
  before(async () => {
    cli = await createCliWorld();
  });
  after(() => cli.close());

  async function check(text: string, args: readonly string[] = []) {
    await writeFile(join(cli.dir, 'other.yaml'), text);
    return cli.run(['config', 'check', '--config', 'other.yaml', ...args]);
  }

  it('says that it is in order', async () => {
    const { code, stdout, stderr } = await cli.run(['config', 'check']);
    expect([code, stderr]).to.deep.equal([0, '']);
    expect(stdout).to.contain(cli.issuer);
  });

  for (const [what, text, ...wanted] of [
    ['no issuer', 'http: { port: 80 }', 'issuer: was missing'],
    [
      'several things at once',
      'issuer: http://id.example.org\nhttp:\n  prot: 1\nchallenge: { life: 10s }\n',
      'issuer: was',
      'other.yaml:3:3',
      'challenge.life: was',
    ],
    ['text that is no YAML', 'issuer: [', 'other.yaml:1'],
    [
      'a client whose answers go in the clear',
      'issuer: https://id.example.org\nclients:\n  - { clientId: a, name: A, redirectUris: ["http://a.example/cb"], tokenEndpointAuthMethod: none }\n',
      'clients[0].redirectUris',
    ],
    [
      'a client that oidc-provider does not take',
      'issuer: https://id.example.org\nfeatures: { deviceFlow: false }\nclients:\n  - { clientId: tv, name: TV, tokenEndpointAuthMethod: none, grantTypes: ["urn:ietf:params:oauth:grant-type:device_code"], responseTypes: [] }\n',
      'clients[0]',
    ],
  ] as const) {
    it(`names field, value and what is wanted: ${what}`, async () => {
      const { code, stdout, stderr } = await check(text);
      expect([code, stdout]).to.deep.equal([1, '']);
      for (const one of wanted) expect(stderr).to.contain(one);
      expect(stderr).to.not.contain('    at ');
    });
  }

  it('gives scripts a list, and the same exit code', async () => {
    const { code, stdout } = await check('issuer: nowhere', ['--json']);
    const answer = JSON.parse(stdout) as { ok: boolean; problems: { field: string }[] };
    expect([code, answer.ok, answer.problems[0]?.field]).to.deep.equal([1, false, 'issuer']);
  });

  it('says when a named file is not there, for every command', async () => {
    for (const args of [['config', 'check'], ['user', 'list'], ['serve']]) {
      const { code, stderr } = await cli.run([...args, '--config', 'missing.yaml']);
      expect(code).to.equal(1);
      expect(stderr).to.contain('missing.yaml').and.contain('It was named by --config.');
    }
  });
});
