import { expect } from 'chai';
import { receipt } from '../../src/approval/decide.ts';
import { viewVersion } from '../../src/approval/view-version.ts';
import { later, resetClock } from '../support/clock.ts';
import { type DeviceServer, deviceServer } from '../support/device-server.ts';
import { sampleChallenge } from '../support/sample-challenge.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld } from '../support/walk-world.ts';

describe('approval/approvals', () => {
  let server: DeviceServer;
  before(async () => {
    server = await deviceServer();
  });
  after(() => server.close());

  it('R6 R30: only the browser that asked, for the account it asked for, takes an approval', async () => {
    const { client } = await server.enrolled('ada');
    const challenge = await server.request('ada');
    const [shown] = (await client.pending()).challenges;
    await client.answer(shown!, 'approve', { number: challenge.number });
    const { account, browser, chain } = challenge;
    const take = (who: { account: string; browser: string }) => server.approvals.consume(chain, 'step', who);
    expect(await take({ account, browser: 'another browser' })).to.equal('superseded');
    expect(await take({ account: 'acct-bob', browser })).to.equal('superseded');
    expect(await take({ account, browser })).to.include({ state: 'consumed' });
  });

  it('R59: what an unknown browser’s page is told does not change by receipts; a known one’s does', () => {
    for (const known of [false, true]) {
      const challenge = sampleChallenge('device', { known });
      const delivered = receipt(challenge, 'device', 'delivered')!;
      const same = viewVersion(challenge, 'pending') === viewVersion(delivered, 'pending');
      expect(same, `known: ${known}`).to.equal(!known);
      expect(viewVersion(challenge, 'pending')).not.to.equal(viewVersion(challenge, 'denied'));
    }
  });

  it('R10: "send again" sends nothing within twenty seconds, whoever presses it', async () => {
    const world = await createWorld();
    try {
      const browser = new TestBrowser();
      const { page } = await world.walk(browser, world.authorize(), { until: 'push' });
      later(15);
      const same = await world.post(browser, page, 'send');
      expect(world.number(same)).to.equal(world.number(page));
      later(6);
      const next = await world.post(browser, same, 'send');
      expect(await world.person('alice').device!.waiting()).to.have.length(1);
      await world.person('alice').device!.approve(world.number(next));
      expect((await world.walk(browser, await world.post(browser, next, 'continue'))).code).to.be.a('string');
      expect(world.number(next)).not.to.equal(world.number(page));
    } finally {
      resetClock();
      await world.close();
    }
  });
});
