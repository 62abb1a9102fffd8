import { expect } from 'chai';
import { later, resetClock } from '../support/clock.ts';
import { enrolDevice } from '../support/software-device.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

describe('walk: after a deny, a report, a revoked device, a new password', () => {
  let world: World;
  before(async () => {
    world = await createWorld();
  });
  beforeEach(() => world.forgetOpen());
  afterEach(async () => {
    resetClock();
    await world.forgetReports();
  });
  after(() => world.close());

  const started = async (browser = new TestBrowser()) => {
    const { page } = await world.walk(browser, world.authorize({ prompt: 'login' }), { until: 'push' });
    return { browser, page };
  };

  it('R11: after the second deny its requests are still listed when the device is opened', async () => {
    const device = world.person('bob').device!;
    const browser = new TestBrowser();
    for (let n = 0; n < 3; n++) {
      await world.walk(browser, world.authorize({ prompt: 'login' }), { until: 'push', name: 'bob' });
      expect(await device.waiting()).to.have.length(1);
      await device.deny();
    }
  });

  it('R11: a report takes along whatever else its browser has open, also what is asked in that very moment', async () => {
    const device = world.person('alice').device!;
    for (let round = 0; round < 5; round++) {
      await world.forgetOpen();
      const { browser, page } = await started();
      later(21);
      const challenge = await device.newest();
      const asking = Array.from({ length: 4 }, () =>
        browser.clone().request(`${page.url}/send`, { form: {} }),
      );
      const answer = device.client.answer(challenge, 'report').catch(() => undefined);
      const won = (await answer) !== undefined;
      await Promise.all(asking);
      if (won) expect(await device.waiting()).to.have.length(0);
      await world.forgetReports();
    }
  });

  it('R23: a device revoked after it approved has approved nothing', async () => {
    const { services, issuer } = world.server;
    const { account } = world.person('alice');
    const phone = await enrolDevice(services, issuer, account, { name: 'Lost phone' });
    const { browser, page } = await started();
    await phone.approve(world.number(page));
    await services.devices.revoke(account.sub, phone.id);
    const after = await world.post(browser, page, 'continue');
    expect(after.next).to.equal(undefined);
    expect(after.status).to.equal(409);
  });

  it('R33: a person disabled meanwhile approves nothing', async () => {
    const { accounts } = world.server.services;
    const { account, device } = world.person('alice');
    const { page } = await started();
    const challenge = await device!.newest();
    await accounts.setDisabled(account.sub, true);
    const refused = await device!.client
      .answer(challenge, 'approve', { number: world.number(page) })
      .catch((error: { code: string }) => error.code);
    await accounts.setDisabled(account.sub, false);
    expect(refused).to.equal('challenge_not_found');
  });

  it('a password changed meanwhile ends what the old one proved', async () => {
    const { accounts } = world.server.services;
    const { account, device } = world.person('bob');
    const browser = new TestBrowser();
    const { page } = await world.walk(browser, world.authorize(), { until: 'push', name: 'bob' });
    await device!.approve(world.number(page));
    later(2);
    await accounts.setPassword(account.sub, account.passwordHash!);
    expect(world.promptOf(await world.post(browser, page, 'continue'))).to.equal('login');
  });
});
