import { expect } from 'chai';
import { createHashPool } from '../../src/password/hash-pool.ts';
import { isOverview, openAccount } from '../support/account-steps.ts';
import { enrolDevice } from '../support/software-device.ts';
import { startTestServer, type TestServer } from '../support/start-server.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { World } from '../support/walk-world.ts';

/** No such host: from the server itself the issuer leads nowhere. */
const ISSUER = 'https://id.example.invalid';
const PASSWORD = 'the long password of alice';

describe('self-service: an issuer that the server itself cannot reach', () => {
  let server: TestServer;
  let world: World;
  /** The TLS proxy in front, as the browser sees it. */
  const front: typeof fetch = (input, init) => {
    const request = new Request(input, init);
    const { pathname, search } = new URL(request.url);
    const headers = new Headers(request.headers);
    headers.set('x-forwarded-proto', 'https');
    return fetch(`${server.server.address.replace('0.0.0.0', '127.0.0.1')}${pathname}${search}`, {
      ...init,
      headers,
    });
  };
  before(async () => {
    server = await startTestServer({
      config: { issuer: ISSUER, http: { trustedProxies: ['127.0.0.1', '::1'] } },
    });
    const pool = createHashPool({ ...server.services.config.password.argon2 });
    const hash = await pool.hash(PASSWORD);
    await pool.close();
    const account = await server.services.accounts.create({ userName: 'alice', profile: {} }, hash);
    const device = await enrolDevice(server.services, ISSUER, account, { fetch: front });
    world = new World(
      { ...server, issuer: ISSUER },
      new Map([['alice', { account, password: PASSWORD, device }]]),
    );
  });
  after(() => server.close());

  it('R41: signs in all the same, with cookies that only this host can have set', async () => {
    const browser = new TestBrowser({}, front);
    expect(isOverview(await openAccount(world, browser))).to.equal(true);
    expect(browser.cookie('__Host-account')).to.match(/^[\w-]{43}$/);
    browser.dropCookie('__Host-account');
    const begun = await browser.request(`${ISSUER}/account`);
    const [begins] = begun.headers.getSetCookie();
    expect(begins).to.match(
      /^__Host-account-begun=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=3600; Secure$/,
    );
    const back = await browser.request((await browser.request(begun.next!)).next!);
    const [account, gone] = back.headers.getSetCookie();
    expect(account).to.match(/^__Host-account=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/);
    expect(gone).to.match(/^__Host-account-begun=; .*Max-Age=0; Secure$/);
  });
});
