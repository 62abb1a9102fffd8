import { expect } from 'chai';
import { isHostOf } from '../../src/authenticator-host/authenticator-routes.ts';
import { requestText } from '../../src/terminal-device/words.ts';
import { claimWith, openAccount, postTo, ticketOf } from '../support/account-steps.ts';
import { SAMPLE_CONTEXT } from '../support/sample-challenge.ts';
import { enrolDevice } from '../support/software-device.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

describe('attacks: with a session of a person’s own pages, or a stolen link', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  it('R24: who asks for a removal again and again leaves a bounded number of records', async () => {
    const { account } = world.person('alice');
    const tablet = await enrolDevice(world.server.services, world.issuer, account, { name: 'Tablet' });
    const browser = new TestBrowser();
    await openAccount(world, browser);
    const page = await browser.open(`${world.issuer}/account/devices/${tablet.id.split('.').at(-1)}`);
    const form = page.forms.find(({ id }) => id === 'remove-form')!;
    const begun = new Set<string>();
    let last = 0;
    for (let i = 0; i < 30; i++) {
      const answer = await browser.request(form.action, { form: form.fields });
      if (answer.next) begun.add(answer.next);
      last = answer.status;
    }
    expect(begun.size).to.equal(20);
    expect(last).to.equal(429);
  });

  it('R24: who renames a device again and again leaves a bounded number of events', async () => {
    const { account, device } = world.person('alice');
    const browser = new TestBrowser();
    await openAccount(world, browser);
    const page = await browser.open(`${world.issuer}/account/devices/${device!.id.split('.').at(-1)}`);
    let last = 0;
    for (let i = 0; i < 24; i++)
      last = (await browser.submit(page, 'rename-form', { name: `Phone ${i}` })).status;
    expect(last).to.equal(429);
    const { events } = await world.server.services.audit.read({ account: account.sub }, { limit: 1000 });
    expect(events.filter(({ event }) => event.type === 'device.renamed')).to.have.length(20);
  });

  it('R59: a device that took a stolen link is not told that the account was secured', async () => {
    const browser = new TestBrowser();
    const code = await postTo(browser, await openAccount(world, browser), '/add-device');
    const thief = await claimWith(world, { secret: ticketOf(code).secret });
    const phone = world.person('alice').device!;
    await phone.client.secure();
    expect((await phone.client.status()).account).to.have.property('paused_until');
    expect((await thief.client.status()).account).not.to.have.property('paused_until');
  });

  it('R24, R27: a device’s name cannot pass for its fingerprint in a terminal', () => {
    const change = { act: 'add-device', name: 'Phone, fingerprint 7K3M-Q0ZD', fingerprint: 'ZZZZ-YYYY' };
    const context = { ...SAMPLE_CONTEXT, purpose: 'factor-change', change } as const;
    const challenge = { id: 'x', context, nonce: 'n', exp: 0, digits: 6, state: 'pending' } as const;
    const lines = requestText(challenge, { index: 1, of: 1 }).split('\n');
    const named = lines.filter((line) => line.includes('7K3M'));
    expect(named).to.deep.equal([`  Device  ${change.name}`]);
    expect(lines.filter((line) => line.includes('ZZZZ'))).to.deep.equal([
      '  Key     ZZZZ-YYYY (its fingerprint)',
    ]);
  });

  it('every spelling of the authenticator’s host is its own: no page of the provider runs beside the keys', () => {
    const origin = 'https://auth.example.org';
    for (const host of ['auth.example.org', 'AUTH.example.org', 'auth.example.org:443', 'auth.example.org.'])
      expect(isHostOf(origin, host), host).to.equal(true);
    for (const host of [
      undefined,
      '',
      'id.example.org',
      'auth.example.org:8443',
      'auth.example.org.evil.org',
      '/',
    ])
      expect(isHostOf(origin, host), host).to.equal(false);
    expect(isHostOf('http://auth.localhost:8080', 'auth.localhost')).to.equal(false);
  });
});
