import { connect } from 'node:net';
import { expect } from 'chai';
import { type SigninPages, signinTable } from '../../src/signin.ts';
import { rawRequest } from '../support/raw-request.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

/** What every answer of the server has, whoever asks for what. */
describe('the front door', () => {
  let world: World;
  before(async () => {
    world = await createWorld({
      clients: [
        {
          clientId: 'spa',
          name: 'A single-page app',
          tokenEndpointAuthMethod: 'none',
          redirectUris: ['https://spa.example/cb'],
          corsOrigins: ['https://spa.example'],
        },
      ],
    });
  });
  after(() => world.close());

  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(world.issuer + path, { redirect: 'manual', headers: { accept: 'text/html', ...headers } });

  const PATHS = [
    '/',
    '/nope',
    '/authorize',
    '/authorize/nothing',
    '/authorize?client_id=app',
    '/interaction/nothing',
    '/interaction/nothing/poll?c=x',
    '/device',
    '/logout',
    '/logout/success',
    '/invitation/nothing',
    '/livez',
    '/readyz',
    '/jwks',
    '/userinfo',
    '/.well-known/openid-configuration',
    '/device/v1/challenges',
  ];

  it('R39: no answer can be framed, none lacks the policy, and each has a request id', async () => {
    for (const path of PATHS) {
      const answer = await get(path);
      const policy = answer.headers.get('content-security-policy') ?? '';
      expect(policy, path).to.include("frame-ancestors 'none'").and.include("default-src 'none'");
      expect(policy, path).not.to.match(/unsafe-inline|unsafe-eval|https?:/);
      expect(answer.headers.get('x-frame-options'), path).to.equal('DENY');
      expect(answer.headers.get('x-content-type-options'), path).to.equal('nosniff');
      expect(answer.headers.get('x-request-id'), path).to.match(/^[0-9a-f]{16}$/);
      expect(answer.status, path).to.be.lessThan(500);
      expect(await answer.text(), path).not.to.match(/at .*\.ts:\d+|node_modules/);
    }
  });

  it('R43: what a client writes into Host, or before the path, names nothing of ours', async () => {
    const raw = (head: string) =>
      new Promise<string>((resolve, reject) => {
        const socket = connect(Number(new URL(world.issuer).port), '127.0.0.1', () => socket.end(head));
        let text = '';
        socket.on('data', (chunk) => {
          text += chunk;
        });
        socket.on('error', reject);
        socket.on('close', () => resolve(text));
      });
    const path = '/.well-known/openid-configuration';
    for (const [target, host] of [
      [path, 'evil.example'],
      [`http://evil.example${path}`, 'evil.example'],
    ]) {
      const answer = await raw(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      expect(answer).to.include(`"token_endpoint":"${world.issuer}/token"`).and.not.include('evil');
    }
    // No path at all, as only a URL of an unknown scheme has none: the home page, not an error without its headers.
    for (const target of ['x://host', 'x://host?q', 'x://?']) {
      const answer = await raw(`GET ${target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`);
      expect(answer, target)
        .to.match(/^HTTP\/1\.1 200 /)
        .and.include('x-request-id: ');
    }
  });

  it('every row of the walk answers, and none of them without its interaction', async () => {
    // Only the paths are asked for, so any page will do.
    const pages = new Proxy({}, { get: () => ({}) });
    const rows = signinTable(pages as SigninPages);
    for (const { method, path } of rows) {
      const url = world.issuer + path.replace(':uid', 'nothing');
      const browser = new TestBrowser();
      const page = await browser.request(url, method === 'POST' ? { form: {} } : {});
      expect(page.status, `${method} ${path}`).to.be.oneOf([400, 403]);
      expect(page.title ?? page.text, `${method} ${path}`).to.match(/\S/);
    }
  });

  it('F8 F9: bad bodies are refused with a sentence', async () => {
    const browser = new TestBrowser();
    const login = await world.open(browser, world.authorize().url);
    const form = login.forms.find(({ id }) => id === 'login-form')!;
    const post = (body: string, type = 'application/x-www-form-urlencoded') =>
      fetch(form.action, {
        method: 'POST',
        headers: { 'content-type': type, 'sec-fetch-site': 'same-origin', accept: 'text/html' },
        body,
      });
    expect((await post('username=a&username=b&password=c')).status).to.equal(400);
    expect((await post(`username=${'x'.repeat(20_000)}`)).status).to.equal(413);
    expect((await post('{"username":"a"}', 'application/json')).status).to.equal(415);
    expect((await post('username=%00&password=%ff')).status).to.be.lessThan(500);
    expect((await post('__proto__=x&password=y')).status).to.be.lessThan(500);
  });

  it('R36: no code without PKCE S256, except for a client that is excused', async () => {
    const without = { code_challenge: '', code_challenge_method: '' };
    const strip = (url: string) => {
      const parsed = new URL(url);
      for (const name of Object.keys(without)) parsed.searchParams.delete(name);
      return parsed.href;
    };
    const refused = await world.open(new TestBrowser(), strip(world.authorize().url));
    expect(new URL(refused.next!).searchParams.get('error')).to.equal('invalid_request');
    const plain = await world.open(
      new TestBrowser(),
      world.authorize({ code_challenge_method: 'plain' }).url,
    );
    expect(new URL(plain.next!).searchParams.get('error')).to.equal('invalid_request');
    const excused = await world.open(new TestBrowser(), strip(world.authorize({}, 'excused').url));
    expect(world.promptOf(excused)).to.equal('login');
  });

  it('R36: a verifier for a code that had no challenge is refused', async () => {
    const request = world.authorize({}, 'excused');
    const url = new URL(request.url);
    url.searchParams.delete('code_challenge');
    url.searchParams.delete('code_challenge_method');
    const walked = await world.walk(new TestBrowser(), { ...request, url: url.href });
    expect((await world.redeem(request, walked.code!)).error).to.equal('invalid_grant');
  });

  it('R37: only the registered redirect URI, to the letter, and the error is shown here', async () => {
    for (const uri of [
      'https://app.example/cb/',
      'https://app.example/cb?x=1',
      'https://app.example/CB',
      'https://app.example:444/cb',
      'http://app.example/cb',
      'https://app.example/cb#x',
      'https://app.example.evil.example/cb',
      'https://evil.example/https://app.example/cb',
      'https://app.example@evil.example/cb',
      'javascript:alert(1)',
      '//app.example/cb',
    ]) {
      const page = await world.open(new TestBrowser(), world.authorize({ redirect_uri: uri }).url);
      expect(page.next, uri).to.equal(undefined);
      expect(page.status, uri).to.equal(400);
    }
  });

  it('answers CORS for the origins of a client, and for no other', async () => {
    const token = (origin: string) =>
      fetch(`${world.issuer}/token`, {
        method: 'POST',
        headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
        body: 'grant_type=authorization_code&client_id=spa&code=x&redirect_uri=https://spa.example/cb&code_verifier=y',
      });
    const ours = await token('https://spa.example');
    expect(ours.headers.get('access-control-allow-origin')).to.equal('https://spa.example');
    expect((await token('https://evil.example')).headers.get('access-control-allow-origin')).to.equal(null);
    const discovery = await get('/.well-known/openid-configuration', { origin: 'https://anyone.example' });
    expect(discovery.headers.get('access-control-allow-origin')).to.be.oneOf(['*', 'https://anyone.example']);
  });

  it('says in discovery what it can do', async () => {
    const discovery = (await (await get('/.well-known/openid-configuration')).json()) as Record<
      string,
      unknown
    >;
    expect(discovery).to.include({
      issuer: world.issuer,
      authorization_endpoint: `${world.issuer}/authorize`,
      token_endpoint: `${world.issuer}/token`,
      userinfo_endpoint: `${world.issuer}/userinfo`,
      claims_parameter_supported: true,
      backchannel_logout_supported: true,
    });
    expect(discovery['acr_values_supported']).to.deep.equal([
      'urn:countersign:acr:pwd',
      'urn:countersign:acr:push',
      'phr',
    ]);
    expect(discovery['code_challenge_methods_supported']).to.deep.equal(['S256']);
  });

  it('turns a posted authorization request into the GET it stands for', async () => {
    const url = new URL(world.authorize().url);
    const answer = await rawRequest(`${world.issuer}/authorize`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        origin: 'https://app.example',
        'sec-fetch-site': 'cross-site',
        'sec-fetch-mode': 'navigate',
      },
      body: url.searchParams.toString(),
    });
    expect(answer.status).to.equal(200);
    const refresh = /content="0;\s*url=([^"]+)"/.exec(answer.text)![1]!.replaceAll('&amp;', '&');
    const next = new URL(refresh, world.issuer);
    expect(next.pathname).to.equal('/authorize');
    expect(Object.fromEntries(next.searchParams)).to.deep.equal(Object.fromEntries(url.searchParams));
  });

  it('revokes a token, and introspection says so', async () => {
    const { tokens } = await world.signIn(new TestBrowser(), {
      scope: 'openid offline_access',
      prompt: 'consent',
    });
    expect(await world.active(tokens.access_token!)).to.equal(true);
    await world.postForm('/revoke', { token: tokens.refresh_token! });
    expect((await world.refresh(tokens.refresh_token!)).error).to.equal('invalid_grant');
  });
});
