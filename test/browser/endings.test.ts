import { expect } from 'chai';
import type { Tab } from '../support/browser-tab.ts';
import { type BrowserPerson, BrowserWorld } from '../support/browser-world.ts';
import { later, resetClock } from '../support/clock.ts';
import { BROWSERS, type RealBrowser } from '../support/real-browser.ts';

for (const kind of BROWSERS) {
  describe(`endings in ${kind.name}`, function () {
    this.timeout(180_000);
    let world: BrowserWorld;
    let browser: RealBrowser;
    before(async () => {
      // A poll counts its time by the clock it started with, so a moved clock is seen when the hold is over.
      world = await BrowserWorld.start({ hold: '2s' });
      browser = await kind.launch();
    });
    afterEach(async () => {
      resetClock();
      await browser.forget();
    });
    after(async () => {
      await browser.close();
      await world.close();
    });

    /** What the page is, without what names this one sign-in. */
    const drawing = async (tab: Tab, person: BrowserPerson) =>
      (await tab.read<string>('document.documentElement.outerHTML'))!
        .replaceAll(/interaction\/[\w-]+/g, 'interaction/U')
        .replaceAll(/<span id="request-id">[^<]*/g, '')
        .replaceAll(person.userName, 'P');

    const tryAgain = async (tab: Tab, person: BrowserPerson, before: string) => {
      await tab.click('Try again');
      const number = await tab.number();
      expect(number).not.to.equal(before);
      await person.device.approve(number);
      await world.allow(tab);
    };

    it('R11: a deny is told by itself, and "Try again" ends at the app without a password', async () => {
      const alice = await world.person();
      const tab = await (await browser.profile()).tab();
      const request = world.request();
      const number = await world.upToNumber(tab, alice, request);
      await alice.device.deny();
      await tab.untilHeading('This sign-in was denied');
      expect(world.app.arrivals(request.state)).to.deep.equal([]);
      await tryAgain(tab, alice, number);
      expect((await world.redeem(request)).status).to.equal(200);
      expect(tab.complaints).to.deep.equal([]);
    });

    it('a report looks like a deny', async () => {
      const seen: string[] = [];
      for (const answer of ['deny', 'report'] as const) {
        const alice = await world.person();
        const tab = await (await browser.profile()).tab();
        await world.upToNumber(tab, alice, world.request());
        await alice.device[answer]();
        await tab.untilHeading('This sign-in was denied');
        seen.push(await drawing(tab, alice));
      }
      expect(seen[1]).to.equal(seen[0]);
    });

    it('"Back to" the app after a deny: it hears access_denied', async () => {
      const alice = await world.person();
      const tab = await (await browser.profile()).tab();
      const request = world.request();
      await world.upToNumber(tab, alice, request);
      await alice.device.deny();
      await tab.click('Back to Real app');
      await tab.untilAt(world.app.welcome);
      expect(world.app.arrivals(request.state).map(({ error }) => error)).to.deep.equal(['access_denied']);
      expect(tab.complaints).to.deep.equal([]);
    });

    it('R4 F2: the time runs out while the page waits, and the page says so by itself', async () => {
      const alice = await world.person();
      const tab = await (await browser.profile()).tab();
      const request = world.request();
      const number = await world.upToNumber(tab, alice, request);
      later(121);
      await tab.untilHeading('The time ran out');
      await tryAgain(tab, alice, number);
      expect((await world.redeem(request)).status).to.equal(200);
      expect(tab.complaints).to.deep.equal([]);
    });

    it('F6: three wrong numbers are told by itself', async () => {
      const alice = await world.person();
      const tab = await (await browser.profile()).tab();
      const request = world.request();
      const number = await world.upToNumber(tab, alice, request);
      const wrong = number === '000000' ? '000001' : '000000';
      for (let n = 0; n < 3; n++) await alice.device.approve(wrong).catch(() => {});
      await tab.untilHeading('That number was not right');
      await tryAgain(tab, alice, number);
      expect((await world.redeem(request)).status).to.equal(200);
    });
  });
}
