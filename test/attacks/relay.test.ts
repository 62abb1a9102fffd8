import { expect } from 'chai';
import { askOptions, givePasskey, passkeyPage, postPasskey, usePasskey } from '../support/passkey-steps.ts';
import type { SoftwareAuthenticator } from '../support/software-authenticator.ts';
import { enrolDevice, type SoftwareDevice } from '../support/software-device.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

/**
 * A relay in the middle: the person sees a copy of our pages on another site, which passes on what they type and shows
 * them the number of its own sign-in.
 */
describe('attacks: a relay in the middle', () => {
  const RELAY = '5.188.10.1'; // Russia, in the country file
  const PHONE = '85.0.0.1'; // Switzerland
  let world: World;
  let phone: SoftwareDevice;
  let passkey: SoftwareAuthenticator;
  before(async () => {
    world = await createWorld({
      config: { http: { trustedProxies: ['loopback'] } },
      clients: [
        {
          clientId: 'floor-phr',
          name: 'App floor-phr',
          secret: 'a-secret-that-is-long-enough-for-a-test-client',
          redirectUris: ['https://app.example/cb'],
          floor: 'phr',
        },
      ],
    });
    const { services, issuer } = world.server;
    phone = await enrolDevice(services, issuer, world.person('carol').account, {
      fetch: (url, init) => {
        const headers = new Headers(init?.headers);
        headers.set('x-forwarded-for', PHONE);
        return fetch(url, { ...init, headers });
      },
    });
    passkey = await givePasskey(world, 'carol');
  });
  after(() => world.close());

  const relay = () => new TestBrowser({ 'x-forwarded-for': RELAY });

  it('F5: it passes the number on and is in; the phone showed its place and the log says how far away it was', async () => {
    const browser = relay();
    const { page } = await world.walk(browser, world.authorize(), { until: 'push', name: 'carol' });
    const { context } = await phone.newest();
    expect(context.place).to.match(/^Russia/);
    expect(context.address).to.equal(RELAY);
    await phone.approve(world.number(page));
    expect((await world.walk(browser, await world.post(browser, page, 'continue'))).code).to.be.a('string');
    const { audit } = world.server.services;
    await audit.flush();
    const { events } = await audit.read({ account: world.person('carol').account.sub }, { limit: 1000 });
    const approved = events.flatMap(({ event }) => (event.type === 'challenge.approved' ? event : []));
    expect(approved.at(-1)!.away).to.include({ otherCountry: true, far: true });
  });

  it('F5 R48: an app that wants a passkey offers it no number, and an assertion made on its site is none', async () => {
    const browser = relay();
    const { page } = await world.walk(browser, world.authorize({}, 'floor-phr'), {
      until: 'push',
      name: 'carol',
    });
    expect(page.text).not.to.match(/data-number|Send a request to my phone/);
    const asked = await passkeyPage(browser, page);
    // Browsers refuse the first by themselves: a site cannot name another's rpId.
    for (const odd of [
      { origin: 'https://id.example.evil.test' },
      { origin: 'https://evil.test', rpId: 'evil.test' },
    ]) {
      const options = await askOptions(browser, asked);
      const refused = await postPasskey(browser, asked, passkey.getPasskey(options, odd));
      expect(refused.status).to.equal(401);
    }
    const { pathname } = new URL(page.url);
    const form = asked.forms[0]!.fields;
    await browser.request(`${world.issuer}${pathname.replace(/\/passkey$/, '')}/send`, { form });
    expect(await phone.waiting()).to.deep.equal([]);
    // On the real page it is good.
    const walked = await world.walk(browser, await usePasskey(browser, asked, passkey));
    expect(walked.code).to.be.a('string');
  });
});
