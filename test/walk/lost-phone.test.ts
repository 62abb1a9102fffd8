import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { createInvitations } from '../../src/accounts/invitations.ts';
import * as knownBrowsers from '../../src/accounts/known-browsers.ts';
import { giveBypass } from '../../src/recovery/bypass.ts';
import { recoveryCodesLeft } from '../../src/recovery/code-records.ts';
import { keys, names } from '../../src/store/keys.ts';
import { claimWith, postTo, ticketOf } from '../support/account-steps.ts';
import { bare, bareHeaders } from '../support/bare-page.ts';
import { later, resetClock } from '../support/clock.ts';
import { countingStore } from '../support/counting-store.ts';
import { givePasskey } from '../support/passkey-steps.ts';
import { giveCodes, openLostPhone, typeCode } from '../support/recovery-steps.ts';
import { TestBrowser, type TestPage } from '../support/test-browser.ts';
import { enterUserCode, startDevice } from '../support/walk-steps.ts';
import { APP, createWorld, type PersonName, type World } from '../support/walk-world.ts';

const NONE = 'AAAA-BBBB-CCCC-DDDD';

describe('walk: without the phone', () => {
  let world: World;
  let counting: ReturnType<typeof countingStore>;
  beforeEach(async () => {
    world = await createWorld({
      clients: [
        {
          clientId: 'wants-push',
          name: 'App wants-push',
          secret: 'a-secret-that-is-long-enough-for-a-test-client',
          redirectUris: [`${APP}/cb`],
          proof: 'push',
        },
      ],
      wrapStore: (store) => {
        counting = countingStore(store);
        return counting.store;
      },
    });
  });
  afterEach(async () => {
    resetClock();
    await world.close();
  });

  const sub = (name: PersonName = 'alice') => world.person(name).account.sub;
  const eventsOf = async (name: PersonName = 'alice') =>
    (await world.server.services.audit.read({ account: sub(name) }, { limit: 500 })).events.map(
      ({ event }) => event,
    );
  async function lostPhone(browser: TestBrowser, name: PersonName = 'alice', clientId = 'app', params = {}) {
    const { page } = await world.walk(browser, world.authorize(params, clientId), { name, until: 'push' });
    return openLostPhone(browser, page);
  }

  it('R24 R27: password and recovery code bind a new phone in the old one’s place, which then approves', async () => {
    const codes = await giveCodes(world);
    const old = world.person('alice').device!;
    const earlier = new TestBrowser();
    await world.signIn(earlier);
    later(2);
    const browser = new TestBrowser();
    const enrol = await typeCode(browser, await lostPhone(browser), codes[2]!.toLowerCase());
    expect(enrol.title).to.include('Add your phone');
    expect(enrol.text).to.include('earlier devices stop working');
    expect((await recoveryCodesLeft(world.store, sub()))!.left).to.equal(9);
    // No session, no code for the app, and the old device is there until the new one is confirmed.
    expect(browser.cookie('session')).to.equal(undefined);
    expect((await world.server.services.devices.active(sub())).map(({ id }) => id)).to.deep.equal([old.id]);

    const phone = await claimWith(world, { secret: ticketOf(enrol).secret });
    later(1);
    const confirm = await browser.open(enrol.url);
    expect(confirm.text).to.include(phone.fingerprint);
    const done = await postTo(browser, confirm, '/confirm');
    expect(done.title).to.include('All set');
    expect(done.text).not.to.include('passkey');
    expect(done.text).to.include('your password is asked once more');
    expect((await world.server.services.devices.active(sub())).map(({ id }) => id)).to.deep.equal([phone.id]);

    // Everything of the old one is over, and the log says why.
    expect(await knownBrowsers.count(world.store, sub())).to.equal(0);
    expect(world.promptOf(await world.open(earlier, world.authorize().url))).to.equal('login');
    const ended = (await eventsOf()).find(({ type }) => type === 'session.ended_everywhere');
    expect(ended).to.deep.include({ by: 'self', reason: 'the devices were replaced', sessions: 1 });
    const revoked = (await eventsOf()).find(({ type }) => type === 'device.revoked');
    expect(revoked).to.deep.include({ device: old.id });

    // Back to the app: the password again, since everything was signed out, and then the new phone.
    later(2);
    let page = await postTo(browser, done, '/send');
    expect(world.promptOf(page)).to.equal('login');
    page = await world.password(browser, page, 'alice');
    expect(page.text).to.include('data-number');
    const [request] = (await phone.client.pending()).challenges;
    await phone.client.answer(request!, 'approve', { number: world.number(page) });
    const { code } = await world.walk(browser, await world.post(browser, page, 'continue'));
    expect(code).to.be.a('string');
  });

  it('R24 R56: a code is used once, for its account only, never without the password, and gives no session by itself', async () => {
    const codes = await giveCodes(world);
    const browser = new TestBrowser();
    const page = await lostPhone(browser);
    const enrol = await typeCode(browser, page, codes[0]!);
    const again = await typeCode(browser, page, codes[0]!);
    expect([again.status, again.text.includes('does not work')]).to.deep.equal([401, true]);
    const bobs = new TestBrowser();
    expect((await typeCode(bobs, await lostPhone(bobs, 'bob'), codes[1]!)).status).to.equal(401);

    // The link of the page with the code is this browser's alone, whoever has the password.
    const thief = new TestBrowser();
    expect((await thief.open(enrol.url)).title).to.include('used already');

    // Before the password there is no such page.
    const stranger = new TestBrowser();
    const login = await world.open(stranger, world.authorize().url);
    const early = await stranger.follow(
      await stranger.request(`${login.url}/lost-phone`, { form: { code: codes[1]! } }),
    );
    expect(world.promptOf(early)).to.equal('login');
    expect((await recoveryCodesLeft(world.store, sub()))!.left).to.equal(9);
    const sessions = await world.store.index.page(names.sessions(sub()), { limit: 10 });
    expect(sessions.entries).to.deep.equal([]);
  });

  it('R5: ten races with one code: one of them has it', async () => {
    const codes = await giveCodes(world);
    const pages = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const browser = new TestBrowser();
        return { browser, page: await lostPhone(browser) };
      }),
    );
    const answers = await Promise.all(pages.map(({ browser, page }) => typeCode(browser, page, codes[0]!)));
    expect(answers.filter(({ title }) => title?.includes('Add your phone'))).to.have.length(1);
  });

  it('R42: wrong codes of accounts with codes, without, and without a device are the same page and the same work', async () => {
    await giveCodes(world, 'alice');
    const seen: { page: TestPage; calls: string[] }[] = [];
    for (const name of ['alice', 'bob', 'carol'] as const) {
      const browser = new TestBrowser();
      const page = await lostPhone(browser, name);
      await world.server.services.audit.flush();
      counting.reset();
      const wrong = await browser.submit(page, 'lost-phone-form', { code: NONE });
      const calls = counting.calls().filter((verb) => verb !== 'log.append' && verb !== 'now');
      seen.push({ page: wrong, calls });
    }
    const plain = (page: TestPage) => bare(page).replaceAll(/alice|bob|carol/g, 'somebody');
    for (const { page, calls } of seen) {
      expect(page.status).to.equal(401);
      expect(plain(page)).to.equal(plain(seen[0]!.page));
      expect(bareHeaders(page)).to.deep.equal(bareHeaders(seen[0]!.page));
      expect(calls).to.deep.equal(seen[0]!.calls);
    }
  });

  it('R9: wrong codes are throttled by account across browsers and apart for a known one, and cost no code', async () => {
    const codes = await giveCodes(world);
    const known = new TestBrowser();
    await world.signIn(known);
    for (let n = 0; n < 5; n++) {
      const browser = new TestBrowser();
      const page = await lostPhone(browser);
      for (let i = 0; i < 2; i++) expect((await typeCode(browser, page, NONE)).status).to.equal(401);
    }
    const browser = new TestBrowser();
    const page = await lostPhone(browser);
    const late = await typeCode(browser, page, codes[0]!);
    expect([late.status, late.headers.get('retry-after') !== null]).to.deep.equal([429, true]);
    expect((await recoveryCodesLeft(world.store, sub()))!.left).to.equal(10);

    const owner = await world.walk(known, world.authorize({ prompt: 'login' }), { until: 'push' });
    const enrol = await typeCode(known, await openLostPhone(known, owner.page), codes[0]!);
    expect(enrol.title).to.include('Add your phone');
  });

  it('R24: “secure my account” on the old device, told of the code, ends what it had begun', async () => {
    const codes = await giveCodes(world);
    const thief = new TestBrowser();
    const enrol = await typeCode(thief, await lostPhone(thief), codes[0]!);
    const theirs = await claimWith(world, { secret: ticketOf(enrol).secret });
    const old = world.person('alice').device!;
    await old.client.secure();
    const confirm = await thief.open(enrol.url);
    expect(confirm.title).to.include('too old');
    await thief.request(`${enrol.url}/confirm`, {
      form: { thumbprint: (await world.server.services.enrolments.ofDevice(theirs.id))!.device!.thumbprint },
    });
    expect((await world.server.services.devices.active(sub())).map(({ id }) => id)).to.deep.equal([old.id]);
  });

  it('R24: a step-up, which asked for no password, asks for it beside the code', async () => {
    const codes = await giveCodes(world);
    const browser = new TestBrowser();
    expect((await world.walk(browser, world.authorize({}, 'lax'))).code).to.be.a('string');
    const { page } = await world.walk(browser, world.authorize(), { until: 'push' });
    const form = await openLostPhone(browser, page);
    expect(form.text).to.include('id="password"');
    const wrong = await typeCode(browser, form, codes[0]!, { password: 'not hers at all' });
    expect([wrong.status, wrong.text.includes('not your password')]).to.deep.equal([401, true]);
    expect((await recoveryCodesLeft(world.store, sub()))!.left).to.equal(10);
    const enrol = await typeCode(browser, form, codes[0]!, { password: world.person('alice').password });
    expect(enrol.title).to.include('Add your phone');
  });

  it('R24 R63: an admin’s link replaces the lost phone: sessions and known browsers end, and the log says why', async () => {
    const old = world.person('alice').device!;
    const thief = new TestBrowser();
    await world.signIn(thief);
    later(2);
    const { accounts } = world.server.services;
    const account = (await accounts.get(sub()))!;
    await givePasskey(world, 'alice');
    const how = { by: 'cli', replaces: true, reason: 'phone stolen' } as const;
    const { secret } = await createInvitations(world.server.services).create(account, how);
    const browser = new TestBrowser();
    const asked = await browser.open(`${world.issuer}/invitation/${secret}`);
    const { password } = world.person('alice');
    const code = await browser.follow(await browser.submit(asked, 'invite-form', { password }));
    const phone = await claimWith(world, { secret: ticketOf(code).secret });
    const done = await postTo(browser, await browser.open(asked.url), '/confirm');
    expect(done.title).to.include('All set');
    // What opens the lost phone may open a passkey on it, too.
    expect(done.text).to.include('passkey you kept').and.include('href="/account"');
    expect((await world.server.services.devices.active(sub())).map(({ id }) => id)).to.deep.equal([phone.id]);
    expect(await old.client.status().catch((error: { status: number }) => error.status)).to.be.oneOf([
      401, 403,
    ]);
    expect(await knownBrowsers.count(world.store, sub())).to.equal(0);
    expect(world.promptOf(await world.open(thief, world.authorize().url))).to.equal('login');
    const events = await eventsOf();
    expect(events.find(({ type }) => type === 'account.invited')).to.deep.include({ reason: 'phone stolen' });
    expect(events.find(({ type }) => type === 'session.ended_everywhere')).to.deep.include({
      reason: 'the devices were replaced',
      sessions: 1,
    });
  });

  describe('an admin’s code', () => {
    const give = async (lifeMs = 15 * 60_000) => (await giveBypass(world.store, sub(), lifeMs)).code;
    const atApp = (url: string) => url.startsWith(APP);

    it('R47: ends one sign-in after the password, as what it is, and makes no browser known', async () => {
      const code = await give();
      const browser = new TestBrowser();
      const request = world.authorize();
      const { page } = await world.walk(browser, request, { until: 'push' });
      const typed = await typeCode(browser, await openLostPhone(browser, page), code, {}, atApp);
      const walked = await world.walk(browser, typed);
      const claims = decodeJwt((await world.redeem(request, walked.code!)).id_token!);
      expect(claims['acr']).to.equal('urn:countersign:acr:bypass');
      expect(claims['amr']).to.deep.equal(['pwd']);
      expect(await knownBrowsers.count(world.store, sub())).to.equal(0);
      expect((await eventsOf()).map(({ type }) => type)).to.include('bypass.used');
      expect(await world.store.get(keys.bypass(sub()))).to.equal(undefined);

      // The session is one for apps that have nothing but a floor …
      expect((await world.walk(browser, world.authorize({}, 'app2'), { name: 'alice' })).prompts).to.match(
        /^(consent|-)$/,
      );
      // … and for nothing that asks for more, nor for the person's own pages.
      const more = world.authorize({ acr_values: 'urn:countersign:acr:push' }, 'app2');
      expect((await world.walk(browser, more, { until: 'push' })).prompts).to.equal('push');
      expect(world.promptOf(await browser.open(`${world.issuer}/account`))).to.equal('push');
    });

    it('R5: is good once, in its time, and newer than any other', async () => {
      const first = await give();
      const code = await give();
      const browser = new TestBrowser();
      const page = await lostPhone(browser);
      expect((await typeCode(browser, page, first)).status).to.equal(401);
      const [a, b] = [new TestBrowser(), new TestBrowser()];
      const pages = [await lostPhone(a), await lostPhone(b)];
      const both = await Promise.all([
        a.submit(pages[0]!, 'lost-phone-form', { code }),
        b.submit(pages[1]!, 'lost-phone-form', { code }),
      ]);
      expect(both.map(({ status }) => status).sort()).to.deep.equal([200, 401]);
      const late = await give(60_000);
      later(61);
      const c = new TestBrowser();
      expect((await typeCode(c, await lostPhone(c), late)).status).to.equal(401);
    });

    it('R48 R55: does not meet an acr that is asked for, a device code, or a stricter client; it is kept then', async () => {
      const code = await give();
      const browser = new TestBrowser();
      const claims = JSON.stringify({
        id_token: { acr: { essential: true, value: 'urn:countersign:acr:push' } },
      });
      for (const params of [{ acr_values: 'urn:countersign:acr:push' }, { claims }]) {
        const answer = await typeCode(browser, await lostPhone(browser, 'alice', 'app', params), code);
        expect([answer.status, answer.text.includes('not used up')]).to.deep.equal([403, true]);
      }
      const strict = new TestBrowser();
      const kept = await typeCode(strict, await lostPhone(strict, 'alice', 'wants-push'), code);
      expect([kept.status, kept.text.includes('not used up')]).to.deep.equal([403, true]);
      await world.forgetOpen();
      const tv = new TestBrowser();
      await world.signIn(tv);
      const device = await startDevice(world);
      const page = await enterUserCode(world, tv, device.user_code);
      const password = world.person('alice').password;
      const answer = await typeCode(tv, await openLostPhone(tv, page), code, { password });
      expect([answer.status, answer.text.includes('not used up')]).to.deep.equal([403, true]);
      expect(await world.store.get(keys.bypass(sub()))).not.to.equal(undefined);
    });

    it('counts nowhere under policy.profile nist, or when it is turned off', async () => {
      for (const config of [{ policy: { profile: 'nist' } }, { factors: { bypass: false } }]) {
        const other = await createWorld({ config });
        try {
          const { code } = await giveBypass(other.store, other.person('alice').account.sub, 60_000);
          const browser = new TestBrowser();
          const { page } = await other.walk(browser, other.authorize(), { until: 'push' });
          expect((await typeCode(browser, await openLostPhone(browser, page), code)).status).to.equal(401);
        } finally {
          await other.close();
        }
      }
    });
  });
});
