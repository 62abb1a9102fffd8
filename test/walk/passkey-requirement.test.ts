import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { isPasskeyRequired } from '../../src/accounts/passkey-requirement.ts';
import { giveBypass } from '../../src/recovery/bypass.ts';
import { DAY, keys, MINUTE, names } from '../../src/store/keys.ts';
import { openAccount } from '../support/account-steps.ts';
import { later, resetClock } from '../support/clock.ts';
import { givePasskey, usePasskey } from '../support/passkey-steps.ts';
import { TestBrowser, type TestPage } from '../support/test-browser.ts';
import { forgetConsent } from '../support/walk-steps.ts';
import { createWorld, type PersonName, type World } from '../support/walk-world.ts';

describe('walk: a passkey is required of a group, at an app, from a date on', () => {
  let world: World;
  let from: number;
  beforeEach(async () => {
    from = Math.floor((Date.now() + 10 * DAY) / 1000) * 1000;
    const date = new Date(from).toISOString().replace('.000Z', 'Z');
    world = await createWorld({
      config: { policy: { requirePasskey: [{ groups: ['staff'], clients: ['app'], from: date }] } },
    });
    await world.server.services.accounts.changeGroups(sub(), { add: ['staff', 'berne'], remove: [] });
  });
  afterEach(async () => {
    resetClock();
    await world.close();
  });

  const sub = (name: PersonName = 'alice') => world.person(name).account.sub;
  const isPasskeyPage = (page: TestPage) => page.forms.some(({ id }) => id === 'passkey-form');
  const announced = async (name: PersonName = 'alice') =>
    (await world.store.get(keys.passkeyAnnounced(sub(name), String(from)))) !== undefined;
  const pushes = async () => (await world.person('alice').device!.waiting()).length;
  async function afterPassword(name: PersonName, clientId = 'app') {
    await world.forgetOpen();
    const browser = new TestBrowser();
    const page = await world.open(browser, world.authorize({}, clientId).url);
    return { browser, page: await world.password(browser, page, name) };
  }
  async function consentOf(name: PersonName): Promise<TestPage> {
    await forgetConsent(world, 'app');
    await world.forgetOpen();
    return (await world.walk(new TestBrowser(), world.authorize(), { name, until: 'consent' })).page;
  }

  it('is announced ahead to those it is about, on their pages and once on their devices, and to nobody else', async () => {
    expect((await consentOf('alice')).text).to.include('id="passkey-ahead"');
    expect(await announced()).to.equal(true);
    expect((await consentOf('bob')).text).not.to.include('id="passkey-ahead"');
    expect(await announced('bob')).to.equal(false);
    const own = await openAccount(world, new TestBrowser());
    expect(own.text).to.include('id="passkey-ahead"').and.include('App app');
    await givePasskey(world, 'alice');
    expect((await consentOf('alice')).text).not.to.include('id="passkey-ahead"');
  });

  it('R59: is not announced where a password alone has signed in: whether there is a passkey is not for a stranger', async () => {
    const browser = new TestBrowser();
    const { page } = await world.walk(browser, world.authorize({}, 'lax'), { until: 'consent' });
    expect(world.promptOf(page)).to.equal('consent');
    expect(page.text).not.to.include('id="passkey-ahead"');
  });

  it('R48: from then on a push neither goes out nor counts there; elsewhere, for others, and to make one, it does', async () => {
    const before = await afterPassword('alice');
    expect(before.page.text).to.include('data-number');
    later((10 * DAY) / 1000 + 1);
    const { browser, page } = await afterPassword('alice');
    expect([
      isPasskeyPage(page) || page.title?.toLowerCase().includes('passkey'),
      await pushes(),
    ]).to.deep.equal([true, 0]);
    // A downgrade by hand, by an admin's code, or by the page of who has no phone.
    const interaction = /^(.*\/interaction\/[^/?]+)/.exec(page.url)![1]!;
    await giveBypass(world.store, sub(), 15 * MINUTE);
    for (const step of ['send', 'continue', 'lost-phone', 'offline-code']) {
      const answer = await browser.request(`${interaction}/${step}`, { form: { code: 'AAAA' } });
      expect(answer.next ?? '', step).not.to.match(/[?&]code=/);
      expect(answer.text, step).not.to.include('data-number');
    }
    expect(await pushes()).to.equal(0);
    expect(await world.store.get(keys.bypass(sub()))).not.to.equal(undefined);

    expect((await afterPassword('alice', 'app2')).page.text).to.include('data-number');
    expect((await afterPassword('bob')).page.text).to.include('data-number');
    await world.forgetOpen();
    expect((await openAccount(world, new TestBrowser())).text).to.include('id="passkey-ahead"');

    const alices = await givePasskey(world, 'alice');
    await world.forgetOpen();
    const again = new TestBrowser();
    const request = world.authorize();
    const asked = await world.password(again, await world.open(again, request.url), 'alice');
    const { code } = await world.walk(again, await usePasskey(again, asked, alices));
    expect(decodeJwt((await world.redeem(request, code!)).id_token!)['acr']).to.equal('phr');
  });

  it('R48: a session of before the date, or of another app, does not open the app', async () => {
    later((10 * DAY) / 1000 - 60);
    const browser = new TestBrowser();
    expect((await world.walk(browser, world.authorize({}, 'app2'))).code).to.be.a('string');
    later(120);
    await world.forgetOpen();
    const stepUp = await world.walk(browser, world.authorize(), { until: 'push' });
    expect([stepUp.prompts.includes('login'), stepUp.code]).to.deep.equal([false, undefined]);
    const interaction = /^(.*\/interaction\/[^/?]+)/.exec(stepUp.page.url)![1]!;
    await browser.request(`${interaction}/send`, { form: {} });
    expect(await pushes()).to.equal(0);
    expect((await world.walk(browser, world.authorize({}, 'app2'))).code).to.be.a('string');
  });

  it('R48: what was asked for just before the date, and approved after it, opens nothing there', async () => {
    later((10 * DAY) / 1000 - 30);
    const { browser, page } = await afterPassword('alice');
    await world.person('alice').device!.approve(world.number(page));
    later(40);
    const after = await world.post(browser, page, 'continue');
    expect(after.next ?? '').not.to.match(/[?&]code=/);
    const sessions = await world.store.index.page(names.sessions(sub()), { limit: 10 });
    expect(sessions.entries).to.deep.equal([]);
  });

  it('holds for all groups and apps where none is named, but never at the page where a passkey is made', () => {
    const all = [{ groups: [], clients: [], from: 1000, announceMs: 0 }];
    expect(isPasskeyRequired(all, {}, 'any', 999)).to.equal(false);
    expect(isPasskeyRequired(all, {}, 'any', 1000)).to.equal(true);
    expect(isPasskeyRequired(all, {}, 'countersign-account', 1000)).to.equal(false);
    const two = [{ groups: ['a', 'b'], clients: [], from: 0, announceMs: 0 }];
    expect(isPasskeyRequired(two, { groups: ['b'] }, 'any', 1)).to.equal(true);
    expect(isPasskeyRequired(two, { groups: ['c'] }, 'any', 1)).to.equal(false);
    expect(isPasskeyRequired(two, {}, 'any', 1)).to.equal(false);
  });
});
