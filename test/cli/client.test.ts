import { spawn } from 'node:child_process';
import { symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { type CliWorld, createCliWorld } from '../support/run-cli.ts';
import { freePort } from '../support/start-server.ts';
import { TestBrowser } from '../support/test-browser.ts';

interface Added {
  readonly issuer: string;
  readonly secret?: string;
  readonly snippet: string;
  readonly scopes: readonly string[];
}

const PASSWORD = 'six pale foxes listen';

describe('countersign client', function () {
  this.timeout(60_000); // each command is a process of its own
  let cli: CliWorld;
  before(async () => {
    cli = await createCliWorld({
      clients: [
        {
          clientId: 'declared',
          name: 'Declared',
          tokenEndpointAuthMethod: 'none',
          redirectUris: ['http://localhost:9/cb'],
        },
      ],
    });
  });
  after(() => cli.close());

  it('adds an app, shows its secret once, lists, shows and removes it', async () => {
    const { code, stdout } = await cli.run([
      'client',
      'add',
      'shop',
      '--name',
      'Shop',
      '--redirect-uri',
      'https://shop.example/cb',
    ]);
    expect(code).to.equal(0);
    const secret = /client_secret {2}(\S{43}) /.exec(stdout)?.[1] ?? '-';
    for (const part of [
      cli.issuer,
      'shop',
      'https://shop.example/cb',
      'openid profile email',
      "from 'openid-client'",
    ]) {
      expect(stdout).to.contain(part);
    }
    const shown = await cli.run(['client', 'show', 'shop']);
    expect(shown.stdout).to.contain('https://shop.example/cb').and.not.contain(secret);
    const all = await cli.json<{ clientId: string; declared: boolean; secret?: string }[]>([
      'client',
      'list',
    ]);
    expect(all.map(({ clientId, declared }) => [clientId, declared])).to.deep.equal([
      ['declared', true],
      ['shop', false],
    ]);
    expect(JSON.stringify(all)).to.not.contain(secret);
    expect((await cli.run(['client', 'remove', 'shop'])).stdout).to.contain('Removed shop');
    expect((await cli.run(['client', 'show', 'shop'])).code).to.equal(1);
    const events = await cli.run(['events']);
    expect(events.stdout).to.contain('client.added').and.contain('client.removed').and.not.contain(secret);
  });

  it('makes public, native and device-code apps without a secret or an address they do not need', async () => {
    const spa = await cli.json<Added>([
      'client',
      'add',
      'spa',
      '--public',
      '--redirect-uri',
      'https://spa.example/',
      '--refresh',
      'offline_access',
    ]);
    expect(spa.secret).to.equal(undefined);
    expect(spa.scopes).to.include('offline_access');
    const native = await cli.json<Added>([
      'client',
      'add',
      'app',
      '--public',
      '--native',
      '--redirect-uri',
      'com.example.app:/cb',
    ]);
    expect(native.snippet).to.equal(undefined);
    const tv = await cli.json<{ grantTypes: string[]; responseTypes: string[] }>([
      'client',
      'add',
      'tv',
      '--public',
      '--device-code',
    ]);
    expect([tv.grantTypes.length, tv.responseTypes]).to.deep.equal([1, []]);
  });

  for (const [what, args, wanted] of [
    ['no redirect address', ['x'], '--redirect-uri: was an empty list'],
    [
      'an address in the clear',
      ['x', '--redirect-uri', 'http://shop.example/cb'],
      'an https:// address, or http:// on loopback',
    ],
    ['a fragment', ['x', '--redirect-uri', 'https://shop.example/#cb'], 'without a fragment'],
    ['an id with a space', ['x y', '--redirect-uri', 'https://shop.example/'], '<id>: was'],
    [
      'an age that is none',
      ['x', '--redirect-uri', 'https://shop.example/', '--max-proof-age', 'soon'],
      '--max-proof-age: was',
    ],
    [
      'an id that is declared',
      ['declared', '--redirect-uri', 'https://shop.example/'],
      'there is a client "declared" already',
    ],
    [
      'a key method without keys',
      ['x', '--redirect-uri', 'https://shop.example/', '--auth-method', 'private_key_jwt'],
      '--jwks-uri',
    ],
    [
      'a public app without PKCE',
      ['x', '--redirect-uri', 'https://shop.example/', '--public', '--no-pkce'],
      '--no-pkce',
    ],
  ] as const) {
    it(`refuses ${what} by the name of its flag`, async () => {
      const { code, stdout, stderr } = await cli.run(['client', 'add', ...args]);
      expect([code, stdout]).to.deep.equal([1, '']);
      expect(stderr).to.contain(wanted).and.not.contain('    at ');
    });
  }

  it('does not remove what the configuration declares, or what is not there', async () => {
    expect((await cli.run(['client', 'remove', 'declared'])).stderr).to.contain(
      'declared in the configuration',
    );
    expect((await cli.run(['client', 'remove', 'nothing'])).stderr).to.contain('no client "nothing"');
  });

  it('prints an app that runs: a person signs in to it at a server that was up already', async () => {
    const server = cli.start(['serve']);
    await server.waitFor(/"listening"/);
    const port = await freePort();
    const redirectUri = `http://localhost:${port}/cb`;
    const flags = ['--floor', 'pwd', '--first-party', '--id-token-alg', 'ES256'];
    const { snippet } = await cli.json<Added>([
      'client',
      'add',
      'mine',
      '--redirect-uri',
      redirectUri,
      ...flags,
    ]);
    await cli.run(['user', 'add', 'anna', '--password-stdin'], { stdin: PASSWORD });
    await writeFile(join(cli.dir, 'app.mjs'), snippet);
    await symlink(resolve(import.meta.dirname, '../../node_modules'), join(cli.dir, 'node_modules'));
    const app = spawn(process.execPath, ['app.mjs'], { cwd: cli.dir });
    try {
      await new Promise((ready, failed) => {
        app.stdout.on('data', ready);
        app.stderr.on('data', (chunk) => failed(new Error(String(chunk))));
      });
      const browser = new TestBrowser();
      const page = await browser.open(`http://localhost:${port}/`);
      const back = await browser.follow(
        await browser.submit(page, 'login-form', { username: 'anna', password: PASSWORD }),
      );
      const claims = JSON.parse(back.text) as { iss: string; aud: string; acr: string };
      expect(claims).to.include({ iss: cli.issuer, aud: 'mine', acr: 'urn:countersign:acr:pwd' });
    } finally {
      app.kill();
    }
    expect((await server.stop()).code).to.equal(0);
  });
});
