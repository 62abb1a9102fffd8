import { expect } from 'chai';
import { createInvitations } from '../../src/accounts/invitations.ts';
import { linkSecret } from '../../src/devices/enrolment-tickets.ts';
import { DeviceApiError } from '../../src/protocol/device-api-error.ts';
import { createDeviceClient } from '../../src/protocol/device-client.ts';
import type { EnrolmentTicket } from '../../src/protocol/enrolment.ts';
import { parseEnrolmentLink } from '../../src/protocol/enrolment-link.ts';
import { nobleKey } from '../../src/terminal-device/noble-key.ts';
import type { TestPage } from '../support/test-browser.ts';
import { CALLERS, ENGINES, startTwoServers, type TwoServers, tally } from '../support/two-servers.ts';
import type { World } from '../support/walk-world.ts';

/** As a cheap one of each: fifty first passwords are hashed at once. */
const ROOMY_QUEUE = { memoryKiB: 7168, iterations: 5, parallelism: 1, threads: 1, queue: 200 };

for (const engine of ENGINES) {
  describe(`races: enrolment and invitations, two processes on one ${engine} store`, function () {
    this.timeout(60_000);
    let servers: TwoServers;
    let world: World;
    before(async () => {
      servers = await startTwoServers(engine, {
        config: { password: { argon2: ROOMY_QUEUE }, http: { trustedProxies: ['127.0.0.1', '::1'] } },
      });
      world = servers.world;
    });
    after(() => servers?.close());

    const services = () => world.server.services;
    let people = 0;
    const newPerson = () => services().accounts.create({ userName: `${engine}-${++people}` });
    const invite = async () => {
      const account = await newPerson();
      const { secret } = await createInvitations(services()).create(account, { by: 'cli' });
      return { account, link: `${world.issuer}/invitation/${secret}` };
    };
    const openEnrolment = async () => {
      const account = await newPerson();
      const { sub, userName } = account;
      return services().enrolments.open({ account: sub, userName, approval: 'none' });
    };
    let phones = 0;
    /** Each from an address of its own: one address has thirty enrolments in ten minutes. */
    const newClient = () => {
      const address = `198.51.${100 + Math.floor(++phones / 200)}.${1 + (phones % 200)}`;
      const from: typeof fetch = (url, init) =>
        servers.balancer.inTurn(url, { ...init, headers: { ...init?.headers, 'x-forwarded-for': address } });
      return createDeviceClient({ issuer: world.issuer, fetch: from, key: nobleKey('EdDSA') });
    };
    /** Fifty phones, each with a key of its own. */
    const fiftyPhones = (ticket: EnrolmentTicket) =>
      servers.fifty(async (n) => {
        try {
          const { device } = await newClient().enrol({ ticket, name: `Phone ${n}`, kind: 'terminal' });
          return { won: device, code: 'won' };
        } catch (error) {
          if (!(error instanceof DeviceApiError)) throw error;
          return { won: undefined, code: error.code };
        }
      });
    const setPassword = async (link: string, page: TestPage, browser = servers.newBrowser()) => {
      const password = 'seven brown otters dance';
      const answer = await browser.submit(page, 'invite-form', { password, password_again: password });
      return { browser, answer, password, link };
    };

    it('R26 R27: fifty phones scan one link: one is shown, and only that one can be confirmed', async () => {
      const enrolment = await openEnrolment();
      const outcomes = await fiftyPhones({ secret: linkSecret(enrolment) });
      expect(tally(outcomes.map(({ code }) => code))).to.deep.equal({
        won: 1,
        enrolment_used: CALLERS - 1,
      });
      const shown = (await services().enrolments.find(enrolment.account, enrolment.id))!.device!;
      expect(shown.id).to.equal(outcomes.find(({ won }) => won)!.won!.id);
      expect(await services().devices.active(enrolment.account), 'before the page confirms').to.have.length(
        0,
      );
    });

    it('R26: fifty phones type one code: ten tries in all, one is shown', async () => {
      const enrolment = await openEnrolment();
      const outcomes = await fiftyPhones({ code: enrolment.code, user_name: enrolment.userName });
      const counts = tally(outcomes.map(({ code }) => code));
      expect(counts).to.deep.equal({ won: 1, enrolment_used: 9, too_many_requests: CALLERS - 10 });
    });

    it('R26: a link and its typed code at once: one of both', async () => {
      const enrolment = await openEnrolment();
      const tickets = [
        { secret: linkSecret(enrolment) },
        { code: enrolment.code, user_name: enrolment.userName },
      ];
      const outcomes = await servers.fifty((n) =>
        newClient()
          .enrol({ ticket: tickets[n % 5 === 0 ? 1 : 0]!, name: `Phone ${n}`, kind: 'terminal' })
          .then(
            () => 'won',
            (error: DeviceApiError) => error.code,
          ),
      );
      expect(tally(outcomes)).to.deep.equal({ won: 1, enrolment_used: CALLERS - 1 });
    });

    it('R27: one page confirms fifty times: one device', async () => {
      const enrolment = await openEnrolment();
      await newClient().enrol({ ticket: { secret: linkSecret(enrolment) }, name: 'Phone', kind: 'terminal' });
      const { enrolments } = services();
      const { thumbprint } = (await enrolments.find(enrolment.account, enrolment.id))!.device!;
      const outcomes = await servers.fifty((n) =>
        servers.processes[n % 2]!.confirmEnrolment(enrolment.account, enrolment.id, thumbprint),
      );
      expect(tally(outcomes)).to.deep.equal({ bound: CALLERS });
      expect(await services().devices.active(enrolment.account)).to.have.length(1);
    });

    it('R27: a confirmation against fifty cancellations: bound or cancelled, never both', async () => {
      for (let round = 0; round < 3; round++) {
        const enrolment = await openEnrolment();
        await newClient().enrol({
          ticket: { secret: linkSecret(enrolment) },
          name: 'Phone',
          kind: 'terminal',
        });
        const { enrolments } = services();
        const { thumbprint } = (await enrolments.find(enrolment.account, enrolment.id))!.device!;
        let confirmed = '';
        const cancelled = await servers.fifty(async (n) => {
          if (n !== round * 20)
            return servers.processes[n % 2]!.cancelEnrolment(enrolment.account, enrolment.id);
          confirmed = await servers.processes[0].confirmEnrolment(
            enrolment.account,
            enrolment.id,
            thumbprint,
          );
          return false;
        });
        const active = await services().devices.active(enrolment.account);
        expect(confirmed).to.equal(active.length === 1 ? 'bound' : 'cancelled');
        expect(cancelled.some(Boolean), 'cancelled').to.equal(active.length === 0);
      }
    });

    it('R26: fifty browsers set the first password of one invitation: one does, the others must know it', async () => {
      const { account, link } = await invite();
      const browsers = Array.from({ length: CALLERS }, () => servers.newBrowser());
      const pages = await Promise.all(browsers.map((browser) => browser.open(link)));
      const passwords = browsers.map((_, n) => `person ${n} with many otters`);
      const answers = await servers.fifty((n) =>
        browsers[n]!.submit(pages[n]!, 'invite-form', {
          password: passwords[n]!,
          password_again: passwords[n]!,
        }),
      );
      const won = answers.flatMap(({ next }, n) => (next === undefined ? [] : [n]));
      expect(won, JSON.stringify(tally(answers.map(({ status }) => status)))).to.have.length(1);
      for (const { status } of answers) expect(status).to.be.lessThan(500);
      const login = await world.open(servers.newBrowser(), world.authorize().url);
      const signIn = async (n: number) => {
        const browser = servers.newBrowser();
        const page = await world.open(browser, world.authorize().url);
        const fields = { username: account.userName, password: passwords[n]! };
        return (await browser.submit(page, 'login-form', fields)).next !== undefined;
      };
      expect(world.promptOf(login)).to.equal('login');
      expect(await signIn(won[0]!), 'the password that was set').to.equal(true);
      expect(await signIn((won[0]! + 1) % CALLERS), 'one that came second').to.equal(false);
    });

    it('R26 R27: an invitation is confirmed fifty times at once: one device, and the link is spent', async () => {
      const { account, link } = await invite();
      const browser = servers.newBrowser();
      const { answer } = await setPassword(link, await browser.open(link), browser);
      const page = await browser.follow(answer);
      const href = /id="enrol-link" href="([^"]+)"/.exec(page.text)![1]!.replaceAll('&amp;', '&');
      const ticket = { secret: parseEnrolmentLink(href)!.secret };
      await newClient().enrol({ ticket, name: 'Kitchen phone', kind: 'terminal' });
      const confirm = await browser.open(link);
      const answers = await servers.fifty(() => browser.clone().submit(confirm, 'confirm-form'));
      for (const { status } of answers) expect(status).to.be.lessThan(500);
      expect(await services().devices.active(account.sub)).to.have.length(1);
      const again = await servers.newBrowser().open(link);
      expect(again.status).to.equal(410);
    });
  });
}
