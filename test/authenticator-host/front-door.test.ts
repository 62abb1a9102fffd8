import { expect } from 'chai';
import { rawRequest } from '../support/raw-request.ts';
import { freePort, startTestServer, type TestServer } from '../support/start-server.ts';

describe('the authenticator on the issuer’s origin', function () {
  this.timeout(60_000);
  let world: TestServer;
  before(async () => {
    world = await startTestServer();
  });
  after(() => world.close());
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    rawRequest(world.issuer + path, { method, headers });

  it('answers with the page, its files and a request id', async () => {
    const page = await get('/authenticator/');
    expect(page.status).to.equal(200);
    expect(page.headers['content-type']).to.equal('text/html; charset=utf-8');
    expect(page.headers['x-request-id']).to.match(/^[0-9a-f]{16}$/);
    expect(page.headers['set-cookie']).to.equal(undefined);
    expect((await get('/authenticator/enrol')).text).to.equal(page.text);
    expect((await get('/authenticator')).headers['location']).to.equal('/authenticator/');
  });

  it('compresses, and answers what a browser has already with 304', async () => {
    const zipped = await get('/authenticator/sw.js', { 'accept-encoding': 'gzip' });
    expect(zipped.headers['content-encoding']).to.equal('gzip');
    expect(zipped.headers['vary']).to.match(/accept-encoding/i);
    const again = await get('/authenticator/sw.js', { 'if-none-match': String(zipped.headers['etag']) });
    expect(again.status).to.equal(304);
    expect(again.text).to.equal('');
    expect(again.headers['content-security-policy']).to.include("default-src 'none'");
  });

  it('takes nothing but GET, and knows no other path', async () => {
    expect((await get('/authenticator/', {}, 'POST')).status).to.equal(405);
    expect((await get('/authenticator/', {}, 'HEAD')).status).to.equal(200);
    const nothing = await get('/authenticator/nope');
    expect(nothing.status).to.equal(404);
    expect(nothing.headers['content-security-policy']).to.include("default-src 'none'");
    expect(nothing.headers['x-content-type-options']).to.equal('nosniff');
  });
});

describe('the authenticator on an origin of its own', function () {
  this.timeout(60_000);
  let world: TestServer;
  let port: number;
  before(async () => {
    port = await freePort();
    world = await startTestServer({
      config: {
        issuer: `http://id.localhost:${port}`,
        http: { port },
        authenticator: { origin: `http://auth.localhost:${port}` },
      },
    });
  });
  after(() => world.close());
  const at = (host: string, path: string, more: { method?: string; headers?: Record<string, string> } = {}) =>
    rawRequest(`http://127.0.0.1:${port}${path}`, {
      ...more,
      headers: { host: `${host}.localhost:${port}`, accept: 'text/html', ...more.headers },
    });

  it('gives that origin the authenticator and nothing of the provider', async () => {
    expect((await at('auth', '/authenticator/')).text).to.include('countersign-issuer');
    expect((await at('auth', '/')).headers['location']).to.equal('/authenticator/');
    for (const { methods, path } of world.server.routes) {
      if (path.startsWith('/authenticator') || path === '/') continue;
      // What a route takes by any method is listed with CONNECT, too, which is no request of HTTP to an origin.
      for (const method of methods.filter((name) => name !== 'CONNECT')) {
        const answer = await at('auth', path.replace(/[:*]\w+/g, 'x'), { method });
        expect([404, 405], `${method} ${path}`).to.include(answer.status);
        expect(answer.headers['set-cookie'], path).to.equal(undefined);
        expect(answer.text.length, path).to.be.lessThan(60);
      }
    }
    const poll = await at('auth', '/interaction/x/poll?c=x&v=x');
    expect(poll.status).to.equal(404);
  });

  it('leads from the issuer’s there, with path and question', async () => {
    const led = await at('id', '/authenticator/enrol?x=1');
    expect(led.status).to.equal(308);
    expect(led.headers['location']).to.equal(`http://auth.localhost:${port}/authenticator/enrol?x=1`);
    expect((await at('id', '/.well-known/openid-configuration')).status).to.equal(200);
  });

  it('lets its scripts reach the provider, by name, and nobody else', async () => {
    for (const path of ['/authenticator/', '/authenticator/sw.js']) {
      const policy = (await at('auth', path)).headers['content-security-policy'];
      expect(policy, path).to.include(`connect-src 'self' http://id.localhost:${port};`);
    }
  });

  it('takes a Host for no more than the choice between the two', async () => {
    const other = await at('evil', '/.well-known/openid-configuration');
    expect(JSON.parse(other.text).issuer).to.equal(`http://id.localhost:${port}`);
    const led = await at('evil', '/authenticator/');
    expect(led.headers['location']).to.equal(`http://auth.localhost:${port}/authenticator/`);
  });
});
