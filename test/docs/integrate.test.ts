import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { ROUTES } from '../../src/authorize/routes.ts';
import { SCOPE_CLAIMS } from '../../src/authorize/scope-claims.ts';
import { offeredAcrValues } from '../../src/session/ladder.ts';
import { end, listening } from '../support/guide-process.ts';
import { type LogoutReceiver, startLogoutReceiver } from '../support/logout-receiver.ts';
import { freePort } from '../support/start-server.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { APP, createWorld, type World } from '../support/walk-world.ts';

const ROOT = join(import.meta.dirname, '../..');
const GUIDE = readFileSync(join(ROOT, 'docs/integrate.md'), 'utf8');
const SECRET = 'a-secret-that-is-long-enough-for-a-test-client';

/** The block of the guide whose first line names the file. */
function block(file: string): string {
  const found = [...GUIDE.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code = '']) => code);
  const code = found.find((text) => text.startsWith(`// ${file}\n`));
  if (code === undefined) throw new Error(`docs/integrate.md has no block ${file}`);
  return code;
}

function section(heading: string): string {
  return GUIDE.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
}

/** The code spans in the first cell of every row of a section's tables. */
function firstCells(heading: string): string[] {
  const rows = section(heading).match(/^\| `.*$/gm) ?? [];
  return rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  );
}

describe('docs/integrate.md', function () {
  this.timeout(60_000);
  let folder: string;
  let world: World;
  let receiver: LogoutReceiver;
  let redirectUri: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-guide-'));
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    receiver = await startLogoutReceiver();
    redirectUri = `http://localhost:${await freePort()}/callback`;
    const guide = {
      clientId: 'guide',
      name: 'Guide',
      secret: SECRET,
      redirectUris: [redirectUri, `${APP}/cb`],
    };
    world = await createWorld({
      clients: [{ ...guide, backchannelLogoutUri: receiver.url }],
      config: { http: { allowPrivateOutbound: ['127.0.0.0/8', '::1'] } },
    });
  });
  beforeEach(() => world.forgetOpen());
  after(async () => {
    await world?.close();
    await receiver?.close();
    await rm(folder, { recursive: true, force: true });
  });

  for (const file of ['app.mjs', 'plain.mjs']) {
    it(`signs a person in with ${file} as it is printed`, async () => {
      await writeFile(join(folder, file), block(file));
      const app = spawn(process.execPath, [join(folder, file)], {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ISSUER: world.issuer, CLIENT_ID: 'guide', CLIENT_SECRET: SECRET, REDIRECT_URI: redirectUri },
      });
      try {
        await listening(app, Number(new URL(redirectUri).port));
        const browser = new TestBrowser();
        const first = await browser.open(new URL('/', redirectUri).href);
        const { page, prompts } = await world.walk(browser, first);
        expect(prompts).to.match(/^login>push/);
        const { claims, person } = JSON.parse(page.text);
        expect(claims).to.include({ iss: world.issuer, aud: 'guide', acr: 'urn:countersign:acr:push' });
        expect(person).to.include({ sub: claims.sub, name: 'alice', email: 'alice@example.com' });
        const again = await browser.request(page.url);
        expect(again.status, 'the same answer twice').to.equal(400);
      } finally {
        await end(app);
      }
    });
  }

  it('verifies a logout token by logout.mjs as it is printed', async () => {
    const file = join(folder, 'logout.mjs');
    await writeFile(file, block('logout.mjs'));
    const { logoutVerifier } = await import(pathToFileURL(file).href);
    const browser = new TestBrowser();
    const { tokens } = await world.signIn(browser, {}, 'guide');
    await world.signOut(browser);
    const [logoutToken = ''] = receiver.tokens;
    const verify = logoutVerifier(world.issuer, 'guide');
    expect((await verify(logoutToken)).sub).to.equal(world.person('alice').account.sub);
    for (const wrong of [tokens.id_token!, `${logoutToken.slice(0, -6)}AAAAAA`]) {
      let refused = false;
      await verify(wrong).catch(() => {
        refused = true;
      });
      expect(refused).to.equal(true);
    }
  });

  it('names every endpoint, scope and acr there is, and no other', () => {
    expect(firstCells('Endpoints')).to.have.members(Object.values(ROUTES));
    const scopes = firstCells('Scopes and claims');
    expect(scopes).to.have.members([...Object.keys(SCOPE_CLAIMS), 'offline_access']);
    const text = section('Scopes and claims');
    for (const claim of Object.values(SCOPE_CLAIMS).flat()) expect(text).to.include(`\`${claim}\``);
    const acr = firstCells('How sure you are: acr, amr, auth_time').filter((name) => name !== 'acr');
    expect(acr).to.have.members([...offeredAcrValues(true)]);
  });

  it('names each flag as `countersign client add` has it', () => {
    const command = readFileSync(join(ROOT, 'src/cli/client-add.ts'), 'utf8');
    for (const [, flag = ''] of GUIDE.matchAll(/`(?:countersign client add [^`]*?)?(--[a-z-]+)/g)) {
      expect(command, flag).to.match(new RegExp(`'${flag}[ ']`));
    }
  });

  it('answers an odd request by the errors it says', async () => {
    const errors = firstCells('Errors and what to do');
    const claims = JSON.stringify({ id_token: { acr: { essential: true, value: 'unknown' } } });
    const asked: Record<string, Record<string, string>> = {
      login_required: { prompt: 'none' },
      unmet_authentication_requirements: { claims },
      invalid_scope: { scope: 'openid phone' },
      invalid_target: { resource: 'https://nobody.example' },
      invalid_request_uri: { request_uri: 'urn:ietf:params:oauth:request_uri:gone' },
      invalid_request: { code_challenge_method: 'plain' },
      unsupported_response_type: { response_type: 'token' },
      unsupported_response_mode: { response_mode: 'other' },
      request_not_supported: { request: 'x' },
      registration_not_supported: { registration: '{}' },
    };
    for (const [error, parameters] of Object.entries(asked)) {
      expect(errors).to.include(error);
      const { next = '' } = await new TestBrowser().request(world.authorize(parameters).url);
      expect(new URLSearchParams(next.split(/[?#]/)[1]).get('error')).to.equal(error);
    }
    const posted: Record<string, Record<string, string>> = {
      invalid_grant: { grant_type: 'refresh_token', refresh_token: 'gone' },
      unsupported_grant_type: { grant_type: 'password' },
      invalid_request: { grant_type: 'authorization_code' },
    };
    for (const [error, body] of Object.entries(posted)) {
      expect(errors).to.include(error);
      expect((await world.postForm('/token', body)).error).to.equal(error);
    }
    const nobody = await world.postForm(
      '/token',
      { grant_type: 'refresh_token', refresh_token: 'x' },
      'nobody',
    );
    expect(nobody).to.include({ status: 401, error: 'invalid_client' });
    const dpop = { dpop: 'no proof' };
    const body = { grant_type: 'authorization_code', code: 'x', redirect_uri: 'https://app.example/cb' };
    expect((await world.postForm('/token', body, 'app', dpop)).error).to.be.oneOf(errors);
    expect(await world.userinfo('nonsense')).to.equal(401);
    const { tokens } = await world.signIn(new TestBrowser(), { scope: 'profile' });
    expect(await world.userinfo(tokens.access_token!), 'insufficient_scope').to.equal(403);
  });
});
