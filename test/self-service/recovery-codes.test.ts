import { expect } from 'chai';
import { recoveryCodesLeft } from '../../src/recovery/code-records.ts';
import { keys } from '../../src/store/keys.ts';
import { openAccount, postTo, reload } from '../support/account-steps.ts';
import { codesOn } from '../support/recovery-steps.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

describe('self-service: recovery codes', () => {
  let world: World;
  let sub: string;
  beforeEach(async () => {
    world = await createWorld();
    sub = world.person('alice').account.sub;
  });
  afterEach(() => world.close());

  const ask = async (browser: TestBrowser) =>
    postTo(browser, await browser.open(`${world.issuer}/account/recovery-codes`), '/recovery-codes');

  it('R24: a device approves exactly this; then ten codes are shown once, can be saved, and are counted', async () => {
    const phone = world.person('alice').device!;
    const browser = new TestBrowser();
    await openAccount(world, browser);
    const waiting = await ask(browser);
    const request = await phone.newest();
    expect(request.context).to.deep.include({ purpose: 'factor-change', change: { act: 'recovery-codes' } });
    await postTo(browser, waiting, '/continue');
    expect(await recoveryCodesLeft(world.store, sub)).to.equal(undefined);

    await phone.approve(world.number(waiting));
    const made = await postTo(browser, waiting, '/continue');
    const codes = codesOn(made);
    expect(codes).to.have.length(10);
    const [, file = ''] = /href="data:text\/plain;charset=utf-8,([^"]+)"/.exec(made.text) ?? [];
    for (const code of codes) expect(decodeURIComponent(file)).to.include(code);
    expect(decodeURIComponent(file)).to.include('alice').and.include(world.issuer);

    for (const again of [await reload(browser, waiting), await postTo(browser, waiting, '/continue')]) {
      expect(again.title).to.include('shown already');
      for (const code of codes) expect(again.text).not.to.include(code);
    }
    expect((await browser.open(`${world.issuer}/account`)).text).to.include('Recovery codes · 10 left');
    expect((await browser.open(`${world.issuer}/account/recovery-codes`)).text).to.include('10 of 10');
    const { events } = await world.server.services.audit.read({ account: sub });
    const types = events.map(({ event }) => event.type).filter((type) => type.startsWith('recovery.'));
    expect(types).to.deep.equal(['recovery.codes_made']);
  });

  it('R24: an approved change makes codes once: sent again after newer ones, it takes nothing of theirs', async () => {
    const phone = world.person('alice').device!;
    const browser = new TestBrowser();
    await openAccount(world, browser);
    const first = await ask(browser);
    await phone.approve(world.number(first));
    await postTo(browser, first, '/continue');
    const second = await ask(browser);
    await phone.approve(world.number(second));
    await postTo(browser, second, '/continue');
    const newest = await world.store.get(keys.recoveryCodes(sub));
    expect(codesOn(await postTo(browser, first, '/continue'))).to.deep.equal([]);
    expect(await world.store.get(keys.recoveryCodes(sub))).to.deep.equal(newest);
  });

  it('R24: a deny, or a sign-in’s approval, makes none', async () => {
    const browser = new TestBrowser();
    await openAccount(world, browser);
    const waiting = await ask(browser);
    await world.person('alice').device!.deny();
    expect((await reload(browser, waiting)).title).to.include('denied');
    await world.signIn(browser);
    expect(codesOn(await postTo(browser, waiting, '/continue'))).to.deep.equal([]);
    expect(await recoveryCodesLeft(world.store, sub)).to.equal(undefined);
  });
});
