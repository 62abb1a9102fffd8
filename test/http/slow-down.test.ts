import { expect } from 'chai';
import { names } from '../../src/store/keys.ts';
import { rawRequest } from '../support/raw-request.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

describe('what costs something before anybody has proved anything', () => {
  let world: World;
  before(async () => {
    const roomy = { max: 1000, window: '10min' };
    world = await createWorld({
      clients: [
        {
          clientId: 'spa',
          name: 'A single-page app',
          tokenEndpointAuthMethod: 'none',
          redirectUris: ['https://spa.example/cb'],
        },
      ],
      config: {
        http: { trustedProxies: ['127.0.0.1', '::1'] },
        limits: {
          front: { perAddress: { max: 5, window: '1min' } },
          deviceApi: { perAddress: { max: 5, window: '1min' } },
          password: { perAccount: { max: 3, window: '10min' }, perAddress: roomy, knownBrowser: roomy },
        },
      },
    });
  });
  after(() => world.close());

  const from = (address: string) => new TestBrowser({ 'x-forwarded-for': address });

  it('R51: one address, or one /64 of IPv6, begins only so much a minute, in any spelling of the path', async () => {
    const spellings = ['/authorize', '/AUTHORIZE', '/device', '/logout', '/Device/'];
    for (const [i, path] of spellings.entries()) {
      const page = await from(`2001:db8:1:2::${i + 1}`).request(world.issuer + path);
      expect(page.status, path).not.to.equal(429);
    }
    const refused = await from('2001:db8:1:2::99').request(`${world.issuer}/authorize`);
    expect(refused.status).to.equal(429);
    expect(refused.text).to.include('That was a lot in a short time');
    expect(Number(refused.headers.get('retry-after'))).to.be.within(1, 60);
    expect((await from('2001:db8:1:3::1').request(`${world.issuer}/authorize`)).status).to.equal(400);
  });

  it('R51: so does the device API, in its own words', async () => {
    const call = () =>
      fetch(`${world.issuer}/device/v1/challenges`, { headers: { 'x-forwarded-for': '192.0.2.77' } });
    for (let n = 0; n < 5; n++) expect((await call()).status).to.equal(401);
    const refused = await call();
    expect(refused.status).to.equal(429);
    expect(await refused.json()).to.include({ error: 'too_many_requests' });
  });

  it('R51: a page of another origin cannot use up what the address of its visitor may ask of the device API', async () => {
    const call = (headers: Record<string, string>) =>
      fetch(`${world.issuer}/device/v1/challenges`, {
        headers: { 'x-forwarded-for': '192.0.2.80', ...headers },
      });
    for (let n = 0; n < 20; n++) {
      expect((await call({ 'sec-fetch-site': 'cross-site' })).status).to.equal(400);
      const neighbour = { 'sec-fetch-site': 'same-site', origin: 'https://shop.example.com' };
      expect((await call(neighbour)).status).to.equal(400);
    }
    expect((await call({ 'sec-fetch-site': 'same-origin' })).status).to.equal(401);
  });

  it('R51: a page of another origin that loads ours again and again uses up nobody’s address', async () => {
    const ask = (mode: string, site = 'cross-site') =>
      rawRequest(world.authorize().url, {
        headers: {
          accept: 'text/html',
          'x-forwarded-for': '192.0.2.80',
          'sec-fetch-site': site,
          'sec-fetch-mode': mode,
        },
      });
    for (let n = 0; n < 8; n++) {
      expect((await ask('no-cors')).status).to.equal(403);
      expect((await ask('no-cors', 'same-site')).status).to.equal(403);
    }
    expect((await ask('navigate')).status).to.equal(303);
    expect((await ask('navigate', 'same-site')).status).to.equal(303);
  });

  it('R51: pushed requests of a public client are counted, and none is larger than it need be', async () => {
    const push = (body: Record<string, string>, address = '192.0.2.81') =>
      fetch(`${world.issuer}/par`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-forwarded-for': address },
        body: new URLSearchParams({
          client_id: 'spa',
          response_type: 'code',
          redirect_uri: 'https://spa.example/cb',
          scope: 'openid',
          code_challenge: 'x'.repeat(43),
          code_challenge_method: 'S256',
          ...body,
        }),
      });
    expect((await push({ nonce: 'x'.repeat(17_000) })).status).to.equal(413);
    for (let n = 0; n < 120; n++) expect((await push({})).status).to.equal(201);
    const refused = await push({});
    expect(refused.status).to.equal(429);
    expect(await refused.json()).to.include({ error: 'temporarily_unavailable' });
    expect((await push({}, '192.0.2.82')).status).to.equal(201);
  });

  it('refuses a request target that no app needs', async () => {
    const page = await from('192.0.2.78').request(`${world.issuer}/authorize?nonce=${'x'.repeat(9000)}`);
    expect(page.status).to.equal(414);
  });

  it('keeps what anybody can cause apart from what matters in a person’s log', async () => {
    const { account } = world.person('alice');
    const { audit } = world.server.services;
    const browser = from('192.0.2.79');
    const login = await world.open(browser, world.authorize().url);
    for (let n = 0; n < 6; n++) {
      await browser.submit(login, 'login-form', { username: 'alice', password: 'some wrong password' });
    }
    await audit.flush();
    const own = await audit.read({ account: account.sub });
    expect(
      own.events.map(({ event }) => event.type).filter((type) => type.startsWith('password.')),
    ).to.deep.equal([]);
    const attempts = await audit.read({ attempts: account.sub });
    expect(attempts.events).to.have.length(6);
    expect(names.accountLog(account.sub)).not.to.equal(names.accountAttempts(account.sub));
  });
});
