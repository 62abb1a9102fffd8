import { expect } from 'chai';
import { BrowserWorld } from '../support/browser-world.ts';
import { BROWSERS, type RealBrowser } from '../support/real-browser.ts';

for (const kind of BROWSERS) {
  describe(`a sign-in in ${kind.name}`, function () {
    this.timeout(120_000);
    let world: BrowserWorld;
    let browser: RealBrowser;
    before(async () => {
      world = await BrowserWorld.start();
      browser = await kind.launch();
    });
    afterEach(() => browser.forget());
    after(async () => {
      await browser.close();
      await world.close();
    });

    it('R38: password, number, phone, consent, and on to a third origin without a complaint', async () => {
      const alice = await world.person();
      const tab = await (await browser.profile()).tab();
      const request = world.request();
      const number = await world.upToNumber(tab, alice, request);
      expect(number).to.match(/^\d{6}$/);
      await alice.device.approve(number);
      await tab.untilHeading('Allow access?'); // by itself
      expect(await tab.text())
        .to.include('Real app')
        .and.include(alice.userName);
      await world.allow(tab);

      const tokens = await world.redeem(request);
      expect(tokens.status).to.equal(200);
      expect(await world.world.userinfo(tokens.access_token!)).to.equal(200);
      expect(tab.complaints).to.deep.equal([]);
    });

    it('R38: "Do not allow" reaches the app, which hears access_denied', async () => {
      const alice = await world.person();
      const tab = await (await browser.profile()).tab();
      const request = world.request();
      await alice.device.approve(await world.upToNumber(tab, alice, request));
      await tab.untilHeading('Allow access?');
      await tab.click('Do not allow');
      await tab.untilAt(world.app.welcome);
      expect(world.app.arrivals(request.state).map(({ error }) => error)).to.deep.equal(['access_denied']);
      expect(tab.complaints).to.deep.equal([]);
    });

    it('R38: a code in a posted form arrives, the library script runs by its hash', async () => {
      const alice = await world.person();
      const tab = await (await browser.profile()).tab();
      const request = world.request({ response_mode: 'form_post' });
      await alice.device.approve(await world.upToNumber(tab, alice, request));
      await world.allow(tab);
      expect(world.app.arrivals(request.state).map(({ method }) => method)).to.deep.equal(['POST']);
      expect((await world.redeem(request)).status).to.equal(200);
      expect(tab.complaints).to.deep.equal([]);
    });

    it('a posted form arrives from a session that is asked nothing, too', async () => {
      const alice = await world.person();
      const tab = await (await browser.profile()).tab();
      await world.signIn(tab, alice);
      const request = world.request({ response_mode: 'form_post' });
      await tab.page.goto('about:blank');
      await tab.open(request.url);
      await tab.untilAt(world.app.welcome);
      expect((await world.redeem(request)).status).to.equal(200);
      expect(tab.complaints).to.deep.equal([]);
    });
  });

  describe(`a sign-in without scripts in ${kind.name}`, function () {
    this.timeout(120_000);
    let world: BrowserWorld;
    let browser: RealBrowser;
    before(async () => {
      world = await BrowserWorld.start();
      browser = await kind.launch({ scripts: false });
    });
    after(async () => {
      await browser.close();
      await world.close();
    });

    it('the waiting page looks again by itself and has a button that goes on', async () => {
      const alice = await world.person();
      const tab = await (await browser.profile()).tab();
      const request = world.request();
      const number = await world.upToNumber(tab, alice, request);
      await alice.device.approve(number);
      await tab.untilHeading('Approved'); // by its refresh
      await tab.click('Continue');
      await world.allow(tab);
      expect((await world.redeem(request)).status).to.equal(200);
      expect(tab.polls).to.deep.equal([]);
      expect(tab.complaints).to.deep.equal([]);
    });

    it('the button answers before the phone did, with the same number', async () => {
      const alice = await world.person();
      const tab = await (await browser.profile()).tab();
      const request = world.request();
      const number = await world.upToNumber(tab, alice, request);
      await tab.clickAway('Continue');
      expect(await tab.number()).to.equal(number);
      await alice.device.approve(number);
      await tab.untilHeading('Approved');
      await tab.click('Continue');
      await world.allow(tab);
      expect((await world.redeem(request)).status).to.equal(200);
    });
  });
}
