import { expect } from 'chai';
import { PORTS } from '../support/mutated-origins.ts';
import { type MutatedUri, mutatedUris } from '../support/mutated-uris.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { APP, CLIENTS, createWorld, type World } from '../support/walk-world.ts';

const AT_ONCE = 20;
const LOOPBACK = 'http://127.0.0.1/cb';

/** Each kind of client, and an address it has registered for answers and for the way back after a sign-out. */
const REGISTERED = [
  { client: 'app', uri: `${APP}/cb`, out: `${APP}/out` },
  { client: 'installed', uri: 'com.example.app:/cb', out: 'com.example.app:/out' },
  { client: 'looped', uri: LOOPBACK, out: 'http://127.0.0.1/out' },
] as const;

describe('attacks: mutated redirect addresses', function () {
  this.timeout(60_000);
  let world: World;
  before(async () => {
    const app = CLIENTS.find(({ clientId }) => clientId === 'app')!;
    const native = (clientId: string, uri: string, out: string) => ({
      ...app,
      clientId,
      applicationType: 'native',
      redirectUris: [uri],
      postLogoutRedirectUris: [out],
    });
    world = await createWorld({
      config: { limits: { front: { perAddress: { max: 100_000, window: '10s' } } } },
      clients: REGISTERED.slice(1).map(({ client, uri, out }) => native(client, uri, out)),
    });
  });
  after(() => world.close());

  /** All but the ports an installed app may choose at its loopback address. */
  const wrong = (uri: string, client: string) =>
    mutatedUris(uri).filter(
      (one) => client !== 'looped' || !PORTS.some((port) => one.uri === uri.replace('1/', `1:${port}/`)),
    );

  const forEach = async (uris: readonly MutatedUri[], act: (one: MutatedUri) => Promise<void>) => {
    expect(uris.length).to.be.greaterThan(150);
    for (let n = 0; n < uris.length; n += AT_ONCE) await Promise.all(uris.slice(n, n + AT_ONCE).map(act));
  };

  /** A page of ours with the error, that leads nowhere. */
  const expectOurPage = async (url: string, name: string, error: RegExp) => {
    const page = await new TestBrowser().request(url);
    expect(page.status, name).to.equal(400);
    expect(page.headers.get('location'), name).to.equal(null);
    expect(page.headers.get('refresh'), name).to.equal(null);
    expect(page.text, name).not.to.match(/http-equiv="refresh"|<script/i);
    expect(page.text, name).to.match(error);
    for (const [, href] of page.text.matchAll(/(?:href|action|src)="([^"]*)"/g))
      expect(href, name).to.match(/^(\/(?![/\\])|https?:\/\/localhost:)/);
  };

  it('are more than 200 different ones', () => {
    expect(mutatedUris(`${APP}/cb`).length).to.be.greaterThan(250);
  });

  for (const { client, uri, out } of REGISTERED) {
    const number = mutatedUris(uri).length;

    it(`R37: /authorize, ${uri}: ${number} others are refused on our own page`, () =>
      forEach(wrong(uri, client), async ({ uri: redirect_uri, name }) => {
        const { url } = world.authorize({ redirect_uri }, client);
        await expectOurPage(url, name, /redirect_uri/);
      }));

    it(`R37: /authorize with another error beside it, ${uri}: no answer goes to the mutated address`, () =>
      forEach(wrong(uri, client), async ({ uri: redirect_uri, name }) => {
        const { url } = world.authorize({ redirect_uri, response_type: 'token', prompt: 'none' }, client);
        await expectOurPage(url, name, /redirect_uri|response_type/);
      }));

    it(`R37: pushed, ${uri}: ${number} others are refused`, () =>
      forEach(wrong(uri, client), async ({ uri: redirect_uri, name }) => {
        const body = Object.fromEntries(
          new URL(world.authorize({ redirect_uri }, client).url).searchParams,
        ) as Record<string, string>;
        const answer = await world.postForm('/par', body, client);
        expect(answer.status, name).to.equal(400);
        expect(answer.error, name).to.be.oneOf(['invalid_redirect_uri', 'invalid_request']);
        expect(answer['request_uri'], name).to.equal(undefined);
      }));

    it(`R37: after a sign-out, ${out}: ${number} others are refused on our own page`, () =>
      forEach(wrong(out, client), async ({ uri: post_logout_redirect_uri, name }) => {
        const query = new URLSearchParams({ client_id: client, post_logout_redirect_uri });
        await expectOurPage(`${world.issuer}/logout?${query}`, name, /post_logout_redirect_uri/);
      }));
  }

  it('R37 F9: the right address doubled with another one, in either order, is refused', async () => {
    const good = `${APP}/cb`;
    const evil = 'https://evil.example/cb';
    for (const [first, second] of [
      [good, evil],
      [evil, good],
      [good, good],
    ] as const) {
      const url = new URL(world.authorize({ redirect_uri: first }).url);
      url.searchParams.append('redirect_uri', second);
      await expectOurPage(url.href, `${first} ${second}`, /redirect_uri/);
      const pushed = await fetch(`${world.issuer}/par`, { method: 'POST', body: url.searchParams });
      expect(pushed.status).to.be.within(400, 401);
      const query = new URLSearchParams({ client_id: 'app' });
      for (const one of [first, second]) query.append('post_logout_redirect_uri', one.replace('/cb', '/out'));
      await expectOurPage(`${world.issuer}/logout?${query}`, 'logout', /post_logout_redirect_uri/);
    }
  });

  it('R37: an installed app may choose the port at its loopback address, and nothing else', async () => {
    for (const port of PORTS) {
      const redirect_uri = LOOPBACK.replace('1/', `1:${port}/`);
      const page = await world.open(new TestBrowser(), world.authorize({ redirect_uri }, 'looped').url);
      expect(world.promptOf(page), port).to.equal('login');
    }
  });
});
