import { expect } from 'chai';
import type { Account } from '../../src/accounts/account.ts';
import { createInvitations } from '../../src/accounts/invitations.ts';
import { createDeviceClient } from '../../src/protocol/device-client.ts';
import { parseEnrolmentLink } from '../../src/protocol/enrolment-link.ts';
import { nobleKey } from '../../src/terminal-device/noble-key.ts';
import { clockOffset, later, resetClock } from '../support/clock.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { enrolDevice } from '../support/software-device.ts';
import { startTestServer, type TestServer } from '../support/start-server.ts';
import { TestBrowser, type TestPage } from '../support/test-browser.ts';

const PASSWORD = 'seven brown otters dance';
const OTHER = 'nine green herons sleep';

/** The link of the page that shows the QR. */
const enrolLinkOf = (page: TestPage) =>
  /id="enrol-link" href="([^"]+)"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
const codeOf = (page: TestPage) => /id="enrol-code">([^<]+)</.exec(page.text)?.[1] ?? '';
const fingerprintOf = (page: TestPage) => /id="fingerprint">([^<]+)</.exec(page.text)?.[1];
const pollOf = (page: TestPage) => {
  const [, poll = ''] = /data-poll="([^"]+)"/.exec(page.text) ?? [];
  const [, version = ''] = /data-version="([^"]+)"/.exec(page.text) ?? [];
  return { url: new URL(poll, page.url).href, version };
};

for (const engine of ['embedded', 'redis'] as const)
  describe(`invitation pages, ${engine}`, () => {
    const log: string[] = [];
    let redis: RedisServer | undefined;
    let world: TestServer;
    let people = 0;

    before(async () => {
      redis = engine === 'redis' ? await startRedis() : undefined;
      world = await startTestServer({
        onLog: (line) => log.push(line),
        offsetMs: clockOffset,
        ...(redis ? { redisUrl: redis.url } : {}),
      });
    });
    after(async () => {
      await world.close();
      await redis?.stop();
    });
    afterEach(resetClock);

    const invitations = () => createInvitations(world.services);
    async function invited(replaces = false): Promise<{ account: Account; link: string }> {
      const account = await world.services.accounts.create({ userName: `person-${++people}` });
      return { account, link: await linkFor(account, replaces) };
    }
    async function linkFor(account: Account, replaces = false): Promise<string> {
      const { secret } = await invitations().create(account, { by: 'cli', replaces });
      return `${world.issuer}/invitation/${secret}`;
    }
    async function setPassword(browser: TestBrowser, link: string, password = PASSWORD): Promise<TestPage> {
      const page = await browser.open(link);
      return browser.follow(
        await browser.submit(page, 'invite-form', { password, password_again: password }),
      );
    }
    async function claim(page: TestPage, name = 'Kitchen phone') {
      const { issuer, secret } = parseEnrolmentLink(enrolLinkOf(page))!;
      expect(issuer).to.equal(world.issuer);
      const client = createDeviceClient({ issuer, fetch, key: nobleKey('EdDSA') });
      const { device } = await client.enrol({ ticket: { secret }, name, kind: 'terminal' });
      return { client, device };
    }
    const poll = async (browser: TestBrowser, { url, version }: { url: string; version: string }) => {
      const answer = await browser.request(`${url}?v=${version}`);
      return { status: answer.status, body: JSON.parse(answer.text) as { v: string; state: string } };
    };

    it('R27: leads from the link by password and code to a device confirmed by its fingerprint', async () => {
      const { account, link } = await invited();
      const browser = new TestBrowser();
      expect((await browser.open(link)).title).to.contain('Welcome');
      const page = await setPassword(browser, link);
      expect(page.title).to.contain('Add your phone');
      expect(codeOf(page)).to.match(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/);

      const parked = poll(browser, pollOf(page));
      const { client, device } = await claim(page);
      expect((await parked).body.state).to.equal('approved');
      const confirm = await browser.open(link);
      expect(confirm.text).to.contain('Kitchen phone');
      expect(fingerprintOf(confirm)).to.equal(device.fingerprint);
      expect((await client.status()).device.state).to.equal('pending');
      expect(await world.services.devices.active(account.sub)).to.have.length(0);

      const done = await browser.follow(await browser.submit(confirm, 'confirm-form'));
      expect(done.title).to.contain('All set');
      expect((await client.status()).device.state).to.equal('active');
      expect(await world.services.devices.active(account.sub)).to.have.length(1);
      expect(browser.cookie('session')).to.equal(undefined);
      const again = await browser.follow(await browser.submit(confirm, 'confirm-form'));
      expect(again.title).to.contain('All set');
      expect(await world.services.devices.active(account.sub)).to.have.length(1);
    });

    it('takes the typed code as well', async () => {
      const { account, link } = await invited();
      const browser = new TestBrowser();
      const page = await setPassword(browser, link);
      const client = createDeviceClient({ issuer: world.issuer, fetch, key: nobleKey('ES256') });
      const ticket = { code: codeOf(page).toLowerCase(), user_name: account.userName.toUpperCase() };
      await client.enrol({ ticket, name: 'By code', kind: 'terminal' });
      const confirm = await browser.open(link);
      expect(confirm.text).to.contain('By code');
    });

    it('is spent once: used, in every other browser and for a second device', async () => {
      const { account, link } = await invited();
      const browser = new TestBrowser();
      await claim(await setPassword(browser, link));
      await browser.submit(await browser.open(link), 'confirm-form');
      const other = await new TestBrowser().open(link);
      expect(other.status).to.equal(410);
      expect(other.text).to.contain('used already');
      // Even where the record could be turned back: the account has a device, and nothing was said of replacing it.
      const second = await new TestBrowser().open(await linkFor(account));
      expect(second.text).to.contain('used already');
    });

    it('says expired, replaced and unknown links apart, and none of them asks for a password', async () => {
      const { account, link } = await invited();
      const newer = await linkFor(account);
      const old = await new TestBrowser().open(link);
      expect([old.status, old.text.includes('too old')]).to.deep.equal([410, true]);
      expect((await new TestBrowser().open(newer)).status).to.equal(200);
      later(72 * 3600 + 1);
      const expired = await new TestBrowser().open(newer);
      expect([expired.status, expired.text.includes('too old')]).to.deep.equal([410, true]);
      for (const secret of ['x', 'AAAAAAAAAAAAAAAAAAAAAA', '%00', `${'A'.repeat(3000)}`]) {
        const unknown = await new TestBrowser().open(`${world.issuer}/invitation/${secret}`);
        expect(unknown.status, secret.slice(0, 30)).to.equal(404);
        expect(unknown.forms).to.have.length(0);
      }
    });

    it('works until the 72 hours are over, and not for a disabled person', async () => {
      const { account, link } = await invited();
      later(72 * 3600 - 60);
      expect((await new TestBrowser().open(link)).status).to.equal(200);
      await world.services.accounts.setDisabled(account.sub, true);
      expect((await new TestBrowser().open(link)).status).to.equal(404);
    });

    it('R30: gives a second browser nothing but the question for the password the first one set', async () => {
      const { link } = await invited();
      const first = new TestBrowser();
      const page = await setPassword(first, link);
      const second = new TestBrowser();
      const asked = await second.open(link);
      expect(asked.text).to.contain('Your password').and.not.contain('password_again');
      expect(asked.text).to.not.contain(codeOf(page));
      expect((await poll(second, pollOf(page))).status).to.equal(403);
      for (const act of ['confirm', 'reject', 'code']) {
        const acted = await second.request(`${link}/${act}`, { form: { thumbprint: 'x' } });
        expect([acted.status, acted.next]).to.deep.equal([303, link]);
      }
      expect((await second.submit(asked, 'invite-form', { password: OTHER })).status).to.equal(401);

      const { device } = await claim(page);
      const mine = await first.open(link);
      expect(fingerprintOf(mine)).to.equal(device.fingerprint);
      // Who knows the password takes over with a code of its own, and the first browser's code is dead.
      const taken = await second.follow(await second.submit(asked, 'invite-form', { password: PASSWORD }));
      expect(taken.title).to.contain('Add your phone');
      const late = await first.follow(await first.submit(mine, 'confirm-form'));
      expect(late.title).to.contain('Welcome');
    });

    it('F22: a device that is not theirs is turned down, and a new code comes on a click', async () => {
      const { account, link } = await invited();
      const browser = new TestBrowser();
      const page = await setPassword(browser, link);
      const { client } = await claim(page, 'Thief');
      const refused = await browser.follow(await browser.submit(await browser.open(link), 'reject-form'));
      expect(refused.text).to.contain('No device was added');
      expect((await client.status()).device.state).to.equal('cancelled');
      expect(await world.services.devices.active(account.sub)).to.have.length(0);
      const [form] = refused.forms;
      const next = await browser.follow(await browser.request(form!.action, { form: {} }));
      expect(next.title).to.contain('Add your phone');
      expect(codeOf(next)).to.not.equal(codeOf(page));
    });

    it('R26: a code lives ten minutes; after it the page offers another', async () => {
      const { link } = await invited();
      const browser = new TestBrowser();
      const page = await setPassword(browser, link);
      later(601);
      expect((await poll(browser, pollOf(page))).body.state).to.equal('expired');
      expect((await browser.open(link)).text).to.contain('The code ran out');
      const failed = await claim(page).catch((error: { code?: string }) => error.code);
      expect(failed).to.equal('enrolment_expired');
    });

    it('R27: confirms no other device than the one that was shown', async () => {
      const { account, link } = await invited();
      const browser = new TestBrowser();
      await claim(await setPassword(browser, link));
      const confirm = await browser.open(link);
      const wrong = await browser.submit(confirm, 'confirm-form', { thumbprint: 'A'.repeat(43) });
      expect(wrong.status).to.equal(303);
      expect(await world.services.devices.active(account.sub)).to.have.length(0);
    });

    it('asks for the password where there is one, with the throttles of a sign-in', async () => {
      const { account, link } = await invited();
      await setPassword(new TestBrowser(), link);
      const again = await linkFor(account);
      const browser = new TestBrowser();
      const page = await browser.open(again);
      const statuses: number[] = [];
      for (let n = 0; n < 11; n++) {
        statuses.push((await browser.submit(page, 'invite-form', { password: OTHER })).status);
      }
      expect(statuses).to.deep.equal([...Array(10).fill(401), 429]);
      const throttled = await browser.submit(page, 'invite-form', { password: PASSWORD });
      expect(throttled.status).to.equal(429);
      expect(Number(throttled.headers.get('retry-after'))).to.be.greaterThan(0);
    });

    it('refuses passwords that will not do, and two that differ, with a sentence', async () => {
      const { link } = await invited();
      const browser = new TestBrowser();
      const page = await browser.open(link);
      for (const [password, again, wanted] of [
        ['short', 'short', 'at least 12'],
        [PASSWORD, OTHER, 'not the same'],
        ['passwordpassword', 'passwordpassword', 'stolen'],
        ['', '', 'at least 12'],
      ] as const) {
        const answer = await browser.submit(page, 'invite-form', { password, password_again: again });
        expect(answer.status, wanted).to.equal(400);
        expect(answer.text.toLowerCase()).to.contain(wanted.toLowerCase());
      }
    });

    it('lets one of two browsers that set a password at the same moment win', async () => {
      const { link } = await invited();
      const browsers = [new TestBrowser(), new TestBrowser()];
      const passwords = [PASSWORD, OTHER];
      const pages = await Promise.all(browsers.map((browser) => browser.open(link)));
      const answers = await Promise.all(
        browsers.map((browser, i) =>
          browser.submit(pages[i]!, 'invite-form', {
            password: passwords[i]!,
            password_again: passwords[i]!,
          }),
        ),
      );
      expect(answers.map(({ status }) => status).sort()).to.deep.equal([303, 400]);
      const lost = answers.find(({ status }) => status === 400);
      expect(lost?.text).to.contain('meanwhile');
    });

    it('R24: replaces the old devices only at the confirmation, and only when an admin said so', async () => {
      const { account, link } = await invited(true);
      const old = await enrolDevice(world.services, world.issuer, account, { name: 'Lost phone' });
      const browser = new TestBrowser();
      const page = await setPassword(browser, link);
      expect(page.text).to.contain('earlier devices');
      const { device } = await claim(page, 'New phone');
      expect((await world.services.devices.active(account.sub)).map(({ id }) => id)).to.deep.equal([old.id]);
      await browser.submit(await browser.open(link), 'confirm-form');
      expect((await world.services.devices.active(account.sub)).map(({ id }) => id)).to.deep.equal([
        device.id,
      ]);
      await world.services.audit.flush();
      const { events } = await world.services.audit.read({ account: account.sub });
      expect(events.map(({ event }) => event.type)).to.include.members([
        'account.invited',
        'account.password_changed',
        'device.enrolment_opened',
        'device.claimed',
        'device.confirmed',
        'device.revoked',
      ]);
    });

    it('F20, R61: no GET or HEAD changes anything', async () => {
      const { link } = await invited();
      for (let n = 0; n < 3; n++) await fetch(link, { method: n === 0 ? 'HEAD' : 'GET' });
      const opened = await invitations().open(link.split('/').at(-1)!);
      expect(opened).to.include({ state: 'open' }).and.not.have.property('enrolment');
    });

    it('R40: takes forms from its own pages only, each field once', async () => {
      const { link } = await invited();
      const browser = new TestBrowser();
      const form = { password: PASSWORD, password_again: PASSWORD };
      for (const headers of [
        { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
        { origin: 'null', 'sec-fetch-site': 'same-site' },
      ]) {
        for (const act of ['password', 'confirm', 'reject', 'code']) {
          expect((await browser.request(`${link}/${act}`, { form, headers })).status).to.equal(403);
        }
      }
      const twice = await fetch(`${link}/password`, {
        method: 'POST',
        headers: { origin: world.issuer, 'content-type': 'application/x-www-form-urlencoded' },
        body: 'password=a&password=b',
      });
      expect(twice.status).to.equal(400);
    });

    it('R49: neither the secret of the link nor code, cookie or password is in the log', async () => {
      const { link } = await invited();
      const browser = new TestBrowser();
      const page = await setPassword(browser, link);
      await browser.request(`${link}/password`, { form: {}, headers: { 'sec-fetch-site': 'cross-site' } });
      await browser.request(`${link}/nowhere`);
      const all = log.join('\n');
      const { secret } = parseEnrolmentLink(enrolLinkOf(page))!;
      expect(all).to.contain('/invitation/[redacted]/password');
      for (const canary of [
        link.split('/').at(-1)!,
        secret.split('.')[1]!,
        codeOf(page),
        browser.cookie('invitation')!,
        PASSWORD,
      ]) {
        expect(canary).to.have.length.greaterThan(8);
        expect(all).to.not.contain(canary);
      }
    });

    it('R41: the cookie is HttpOnly, SameSite=Lax, and made after the password', async () => {
      const { link } = await invited();
      const browser = new TestBrowser();
      const page = await browser.open(link);
      expect(browser.cookie('invitation')).to.equal(undefined);
      browser.setCookie('invitation', 'A'.repeat(43), world.issuer);
      const answer = await browser.submit(page, 'invite-form', {
        password: PASSWORD,
        password_again: PASSWORD,
      });
      const [header = ''] = answer.headers.getSetCookie().filter((one) => one.startsWith('invitation='));
      expect(header).to.contain('HttpOnly').and.contain('SameSite=Lax').and.contain('Path=/');
      expect(header).to.not.contain('A'.repeat(43));
    });
  });

describe('invitation poll at shutdown', () => {
  it('answers at once, so that the page asks another node', async () => {
    const world = await startTestServer();
    const account = await world.services.accounts.create({ userName: 'anna' });
    const { secret } = await createInvitations(world.services).create(account, { by: 'cli' });
    const link = `${world.issuer}/invitation/${secret}`;
    const browser = new TestBrowser();
    const asked = await browser.open(link);
    const form = { password: PASSWORD, password_again: PASSWORD };
    const page = await browser.follow(await browser.submit(asked, 'invite-form', form));
    const { url, version } = pollOf(page);
    const parked = browser.request(`${url}?v=${version}`);
    const sent = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await world.close();
    expect((await parked).status).to.equal(200);
    expect(performance.now() - sent).to.be.below(5000);
  });
});
