import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { keys } from '../../src/store/keys.ts';
import { later, resetClock } from '../support/clock.ts';
import { writeMmdb } from '../support/mmdb-writer.ts';
import { enrolDevice } from '../support/software-device.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { enterUserCode } from '../support/walk-steps.ts';
import { createWorld, type World } from '../support/walk-world.ts';

const city = (name: string, country: string, latitude: number, longitude: number) => ({
  city: { names: { en: name } },
  country: { iso_code: country },
  location: { latitude, longitude, accuracy_radius: 20 },
});
const BERN = '198.51.100.7';
const OSLO = '203.0.113.9';
const GRAZ = '192.0.2.9';

describe('walk: what the server knows of where a sign-in comes from', () => {
  let folder: string;
  let world: World;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-context-'));
    const file = (name: string, content: Buffer | string) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    world = await createWorld({
      config: {
        http: { trustedProxies: ['127.0.0.1', '::1'] },
        challenge: { knownBrowserDigits: 2 },
        policy: { deviceFar: 'record' },
        risk: {
          cityFiles: [
            file(
              'city.mmdb',
              writeMmdb({
                '198.51.100.0/24': city('Bern', 'CH', 46.948, 7.4474),
                '203.0.113.0/24': city('Oslo', 'NO', 59.91, 10.75),
                '192.0.2.0/24': city('Graz', 'AT', 47.07, 15.44),
              }),
            ),
          ],
          networkFiles: [
            file(
              'asn.mmdb',
              writeMmdb({
                '198.51.100.0/24': {
                  autonomous_system_number: 64500,
                  autonomous_system_organization: 'Example Telecom',
                },
                '203.0.113.0/24': {
                  autonomous_system_number: 64501,
                  autonomous_system_organization: 'Nordic Net',
                },
              }),
            ),
          ],
          anonymousLists: [file('hidden.txt', '192.0.2.0/24\n')],
          attribution: { text: 'Places by Example Geo', url: 'https://geo.example' },
        },
      },
    });
  });
  beforeEach(() => world.forgetOpen());
  afterEach(resetClock);
  after(async () => {
    await world.close();
    rmSync(folder, { recursive: true });
  });

  const from = (address: string) => new TestBrowser({ 'x-forwarded-for': address });
  const at = (browser: TestBrowser, address: string) => {
    browser.headers['x-forwarded-for'] = address;
  };
  const ask = (browser: TestBrowser) =>
    world.walk(browser, world.authorize({ prompt: 'login' }), { until: 'push' });
  const device = () => world.person('alice').device!;
  const events = async () => {
    const page = await world.server.services.audit.read(
      { account: world.person('alice').account.sub },
      { limit: 1000 },
    );
    return page.events.map(({ event }) => event);
  };
  const forgetProfile = () => world.store.delete(keys.riskProfile(world.person('alice').account.sub));

  it('R14: city and owner of the network are in what the device shows and signs; the file’s licence is named', async () => {
    const { page } = await ask(from(BERN));
    const { context } = await device().newest();
    expect(context).to.include({ address: BERN, place: 'Bern, Switzerland', network: 'Example Telecom' });
    expect(page.text).to.contain('<a href="https://geo.example">Places by Example Geo</a>');
  });

  it('R14: another country, faster than anybody travels: the device says both, and the friend’s browser gets six digits again', async () => {
    await forgetProfile();
    const browser = from(BERN);
    await world.signIn(browser);
    const home = await ask(browser);
    expect(world.number(home.page)).to.have.length(2);
    await world.walk(browser, home.page);
    later(600);
    at(browser, OSLO);
    const away = await ask(browser);
    expect(world.number(away.page)).to.have.length(6);
    const { context } = await device().newest();
    expect(context.unusual).to.deep.equal([
      'You signed in in Bern, Switzerland 10 minutes ago: nobody gets from there to Oslo, Norway so fast.',
      'You have not signed in from Oslo, Norway before.',
      'You have not signed in from the network of Nordic Net before.',
    ]);
    // Approved, it is a place like any other.
    await world.walk(browser, away.page);
    expect(world.number((await ask(browser)).page)).to.have.length(2);
  });

  it('a network that hides where people are is said, from a list of ranges', async () => {
    await forgetProfile();
    await ask(from(GRAZ));
    expect((await device().newest()).context.unusual).to.deep.equal([
      'It comes through a network that hides where people are.',
      'You have not signed in with this browser before.',
    ]);
  });

  it('R12: two sign-ins at once, far apart: the second says so, and where the first is', async () => {
    await forgetProfile();
    await ask(from(BERN));
    later(7);
    await ask(from(OSLO));
    expect((await device().newest()).context.unusual?.[0]).to.equal(
      'Another browser asked 7 seconds before this one, from Bern, Switzerland: one of the two is not you.',
    );
  });

  it('F5: a device far from the browser is written down with its approval, and lets in all the same', async () => {
    const far = from(OSLO);
    const { page } = await ask(far);
    // The test's device asks from this machine; where the proxy says it is, it is.
    const phone = await enrolDevice(world.server.services, world.issuer, world.person('alice').account, {
      name: 'Roaming phone',
      fetch: (input, init) =>
        fetch(input, { ...init, headers: { ...init?.headers, 'x-forwarded-for': BERN } }),
    });
    expect((await world.walk(far, page)).code).to.be.a('string');
    const again = await ask(far);
    await phone.approve(world.number(again.page));
    expect((await world.walk(far, await world.post(far, again.page, 'continue'))).code).to.be.a('string');
    const approved = (await events()).filter((event) => event.type === 'challenge.approved').at(-1)!;
    expect(approved).to.deep.include({ device: phone.id });
    const { away } = approved as unknown as { away: { km: number; far: boolean; otherCountry: boolean } };
    expect(away).to.include({ far: true, otherCountry: true });
    expect(away.km).to.be.closeTo(1459 - 40, 15);
    await phone.client.remove();
  });

  it('F5: with policy.deviceFar: verify such an approval takes a verified person, and another one does not', async () => {
    const strict = await createWorld({
      config: {
        http: { trustedProxies: ['127.0.0.1', '::1'] },
        policy: { deviceFar: 'verify' },
        risk: { cityFiles: [join(folder, 'city.mmdb')] },
      },
    });
    try {
      const phone = await enrolDevice(strict.server.services, strict.issuer, strict.person('alice').account, {
        fetch: (input, init) =>
          fetch(input, { ...init, headers: { ...init?.headers, 'x-forwarded-for': BERN } }),
      });
      const answer = async (address: string) => {
        await strict.forgetOpen();
        const browser = from(address);
        const { page } = await strict.walk(browser, strict.authorize(), { until: 'push' });
        return phone.approve(strict.number(page)).catch((error: { code: string }) => error.code);
      };
      expect(await answer(OSLO)).to.equal('assertion_required');
      expect(await answer(GRAZ)).to.equal(undefined);
    } finally {
      await strict.close();
    }
  });

  it('R55: of a device code, what waits elsewhere is said to who approves it', async () => {
    await forgetProfile();
    const started = await fetch(`${world.issuer}/device_authorization`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from('tv:a-secret-that-is-long-enough-for-a-test-client').toString('base64')}`,
        'x-forwarded-for': OSLO,
      },
      body: new URLSearchParams({ client_id: 'tv', scope: 'openid' }),
    });
    const { user_code: code } = (await started.json()) as { user_code: string };
    const browser = from(BERN);
    const page = await enterUserCode(world, browser, code);
    await world.walk(browser, page, { until: 'push' });
    const { context } = await device().newest();
    expect(context).to.include({ purpose: 'device-code', place: 'Oslo, Norway', network: 'Nordic Net' });
    expect(context.unusual).to.deep.equal(['The device that waits is in Oslo, Norway, and you are not.']);
  });

  it('all events of one sign-in carry one chain, from its first request to its session', async () => {
    await world.signIn(from(BERN));
    const { audit } = world.server.services;
    await audit.flush();
    // Without an account yet: what anybody can cause has a log of its own.
    const attempts = await audit.read({ category: 'attempt' }, { limit: 1000 });
    const all = [...(await events()), ...attempts.events.map(({ event }) => event)];
    const started = all.findLast(({ type }) => type === 'session.started') as { chain?: string } | undefined;
    const mine = all.filter((event) => 'chain' in event && event.chain === started?.chain);
    expect(mine.map(({ type }) => type)).to.include.members([
      'sign_in.started',
      'password.accepted',
      'risk.assessed',
      'challenge.consumed',
      'session.started',
    ]);
  });

  it('R49: the event carries what a decision needs, bounded, and nothing that opens anything', async () => {
    const assessed = (await events()).filter((event) => event.type === 'risk.assessed');
    for (const event of assessed) {
      const text = JSON.stringify(event);
      expect(text.length).to.be.below(2500);
      expect(text).not.to.match(/\b\d{6}\b(?=")|cookie|password":"|browserHash/);
    }
    expect(assessed.length).to.be.at.least(8);
  });
});
