import { expect } from 'chai';
import { claimWith, openAccount, postTo, reload, ticketOf } from '../support/account-steps.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

describe('self-service: adding a device', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  it('sign in by push, add a second device with the first one’s approval, confirm, see it listed', async () => {
    const browser = new TestBrowser();
    const overview = await openAccount(world, browser);
    expect(overview.text).to.include('Test phone');
    const code = await postTo(browser, overview, '/add-device');
    const added = await claimWith(world, { secret: ticketOf(code).secret }, 'Pixel 9');
    expect((await added.client.status()).device.state).to.equal('pending');

    const confirm = await reload(browser, code);
    expect(confirm.text).to.include('Pixel 9').and.include(added.fingerprint);
    const waiting = await postTo(browser, confirm, '/confirm');
    expect((await added.client.status()).device.state).to.equal('pending');

    const old = world.person('alice').device!;
    const [request] = await old.waiting();
    expect(request!.context).to.deep.include({
      purpose: 'factor-change',
      change: { act: 'add-device', name: 'Pixel 9', fingerprint: added.fingerprint },
    });
    await old.approve(world.number(waiting));
    const done = await postTo(browser, waiting, '/continue');
    expect(done.title).to.include('All set');
    expect((await added.client.status()).device.state).to.equal('active');

    const again = await browser.open(`${world.issuer}/account`);
    expect(again.text).to.include('Pixel 9').and.include(added.fingerprint);
  });
});
