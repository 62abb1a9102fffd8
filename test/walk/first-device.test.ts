import { expect } from 'chai';
import { createInvitations } from '../../src/accounts/invitations.ts';
import { claimWith, postTo, ticketOf } from '../support/account-steps.ts';
import { bare } from '../support/bare-page.ts';
import { later, resetClock } from '../support/clock.ts';
import { givePasskey } from '../support/passkey-steps.ts';
import { enrolDevice } from '../support/software-device.ts';
import { TestBrowser, type TestPage } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

describe('walk: the first device, inside the window an admin opened', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(async () => {
    resetClock();
    await world.close();
  });

  const carol = () => world.person('carol').account.sub;
  const open = (sub = carol(), seconds = 3600) =>
    world.server.services.accounts.setFirstDeviceUntil(sub, Math.floor(Date.now() / 1000) + seconds);
  const active = async (sub = carol()) =>
    (await world.server.services.devices.active(sub)).map(({ id }) => id);
  const isOffered = (page: TestPage) => page.forms.some(({ id }) => id === 'first-device-form');
  async function afterPassword(browser: TestBrowser, name: 'alice' | 'carol' = 'carol', clientId = 'app') {
    const page = await world.open(browser, world.authorize({}, clientId).url);
    return world.password(browser, page, name);
  }

  it('R24 R27: password, code, fingerprint; the new device then approves this sign-in, and the window is closed', async () => {
    await open();
    const browser = new TestBrowser();
    const offer = await afterPassword(browser);
    expect(isOffered(offer)).to.equal(true);
    const code = await postTo(browser, offer, '/first-device');
    expect(code.title).to.include('Add your phone');
    const phone = await claimWith(world, { secret: ticketOf(code).secret });
    const confirm = await browser.open(code.url);
    expect(confirm.text).to.include(phone.fingerprint);
    expect(await active()).to.deep.equal([]);
    const done = await postTo(browser, confirm, '/confirm');
    expect(done.text).not.to.include('asked once more');
    expect(await active()).to.deep.equal([phone.id]);
    expect((await world.server.services.accounts.get(carol()))!.firstDeviceUntil).to.equal(null);

    later(21);
    const waiting = await postTo(browser, done, '/send');
    const [request] = (await phone.client.pending()).challenges;
    await phone.client.answer(request!, 'approve', { number: world.number(waiting) });
    const { code: given } = await world.walk(browser, await world.post(browser, waiting, 'continue'));
    expect(given).to.be.a('string');
    const { events } = await world.server.services.audit.read({ account: carol() }, { limit: 100 });
    const invited = events.find(({ event }) => event.type === 'account.invited');
    expect(invited?.event).to.deep.include({ by: 'self', reason: 'the window for a first device' });
  });

  it('R24: no other account’s page changes; nor this one’s before, after, or once it has a device', async () => {
    const shown = async (name: 'alice' | 'carol') => {
      await world.forgetOpen();
      const page = await afterPassword(new TestBrowser(), name);
      return { offered: isOffered(page), bytes: bare(page).replaceAll(name, 'somebody') };
    };
    const before = await shown('carol');
    expect(before.offered).to.equal(false);
    await open();
    expect((await shown('alice')).offered).to.equal(false);
    expect((await shown('carol')).offered).to.equal(true);
    later(3601);
    expect((await shown('carol')).offered).to.equal(false);
    await open();
    const { services, issuer } = world.server;
    await enrolDevice(services, issuer, world.person('carol').account);
    expect((await shown('carol')).offered).to.equal(false);
  });

  it('twenty may be begun in ten minutes, and no more: each is kept for a month', async () => {
    await open();
    const browser = new TestBrowser();
    const offer = await afterPassword(browser);
    const begin = () => browser.submit(offer, 'first-device-form');
    for (let n = 0; n < 20; n++) expect((await begin()).status).to.equal(303);
    const slow = await begin();
    expect([slow.status, slow.text.includes('Too many tries')]).to.deep.equal([429, true]);
    later(601);
    expect((await begin()).status).to.equal(303);
  });

  it('R24: it is no way around a passkey that is there: that one approves what is added', async () => {
    await givePasskey(world, 'carol');
    await open();
    const browser = new TestBrowser();
    const page = await afterPassword(browser);
    expect(isOffered(page)).to.equal(false);
    const posted = await browser.follow(await browser.request(`${page.url}/first-device`, { form: {} }));
    expect(posted.url).not.to.include('/invitation/');
  });

  it('R24 R25: a post counts for nothing without the window, without this chain’s password, or for a device that is there', async () => {
    const browser = new TestBrowser();
    const waiting = await afterPassword(browser);
    const refused = await browser.follow(await browser.request(`${waiting.url}/first-device`, { form: {} }));
    expect(refused.url).not.to.include('/invitation/');
    await open(world.person('alice').account.sub);
    const alices = new TestBrowser();
    const hers = await afterPassword(alices, 'alice');
    expect(
      (await alices.follow(await alices.request(`${hers.url}/first-device`, { form: {} }))).url,
    ).not.to.include('/invitation/');
    // A session by password alone, of an app that wants no more, is not the password of this sign-in.
    await open();
    const signedIn = new TestBrowser();
    await world.walk(signedIn, world.authorize({}, 'lax'), { name: 'carol' });
    const stepUp = await world.open(signedIn, world.authorize().url);
    expect([world.promptOf(stepUp), isOffered(stepUp)]).to.deep.equal(['push', false]);
    const answer = await signedIn.follow(await signedIn.request(`${stepUp.url}/first-device`, { form: {} }));
    expect(answer.url).not.to.include('/invitation/');
  });

  it('R24: an admin who ends the window ends what was begun in it; so does another browser’s newer one', async () => {
    await open();
    const [a, b] = [new TestBrowser(), new TestBrowser()];
    const first = await postTo(a, await afterPassword(a), '/first-device');
    const second = await postTo(b, await afterPassword(b), '/first-device');
    expect((await a.open(first.url)).title).to.include('too old');
    expect((await b.open(second.url)).title).to.include('Add your phone');
    expect((await a.open(second.url)).title).to.include('used already');
    const { services } = world.server;
    expect(await createInvitations(services).cancelBegun(carol(), 'recovery-code')).to.equal(false);
    expect(await createInvitations(services).cancelBegun(carol(), 'first-device-window')).to.equal(true);
    expect((await b.open(second.url)).title).to.include('too old');
  });
});
