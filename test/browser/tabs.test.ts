import { expect } from 'chai';
import type { Tab } from '../support/browser-tab.ts';
import { BrowserWorld, PERSON_PASSWORD } from '../support/browser-world.ts';
import { BROWSERS, type RealBrowser } from '../support/real-browser.ts';

for (const kind of BROWSERS) {
  describe(`tabs, links and frames in ${kind.name}`, function () {
    this.timeout(180_000);
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

    const statusOf = async (tab: Tab, url: string) => (await tab.page.goto(url))?.status();

    it('R30 F21: another browser that opens the link gets no number, and the first goes on', async () => {
      const alice = await world.person();
      const tab = await (await browser.profile()).tab();
      const request = world.request();
      const number = await world.upToNumber(tab, alice, request);

      const other = await (await browser.profile()).tab();
      for (const beforehand of [undefined, world.request().url]) {
        if (beforehand) await other.open(beforehand); // it has a cookie of its own now
        expect(await statusOf(other, tab.page.url())).to.be.oneOf([400, 403]);
        expect(await other.heading()).to.be.oneOf(['This page is too old', 'This cannot go on here']);
        expect(await other.read('document.documentElement.outerHTML')).not.to.include(number);
      }

      await alice.device.approve(number);
      await world.allow(tab);
      expect((await world.redeem(request)).status).to.equal(200);
    });

    it('F20: reloading the waiting page sends nothing and keeps the number', async () => {
      const alice = await world.person();
      const tab = await (await browser.profile()).tab();
      const request = world.request();
      const number = await world.upToNumber(tab, alice, request);
      const [first] = await alice.device.waiting();
      for (let n = 0; n < 3; n++) {
        await tab.page.reload();
        expect(await tab.number()).to.equal(number);
      }
      expect((await alice.device.waiting()).map(({ id }) => id)).to.deep.equal([first!.id]);
      await alice.device.approve(number);
      await world.allow(tab);
      expect((await world.redeem(request)).status).to.equal(200);
      expect(tab.complaints).to.deep.equal([]);
    });

    it('F20: back, after consent: a page that says so, and the app hears nothing twice', async () => {
      const alice = await world.person();
      const tab = await (await browser.profile()).tab();
      const request = world.request();
      await tab.open(world.app.welcome);
      await alice.device.approve(await world.upToNumber(tab, alice, request));
      await world.allow(tab);
      for (let step = 0; step < 3; step++) {
        await tab.page.goBack();
        await tab.untilHeading('This page is too old');
      }
      await tab.open(world.app.welcome);
      expect(world.app.arrivals(request.state)).to.have.length(1);
      expect((await world.redeem(request)).status).to.equal(200);
      expect(await alice.device.waiting()).to.have.length(0);
    });

    it('a tab that was closed while it waited never blocks the next sign-in', async () => {
      const alice = await world.person();
      const profile = await browser.profile();
      for (let n = 0; n < 3; n++) {
        const closed = await profile.tab();
        await world.upToNumber(closed, alice, world.request());
        await closed.page.close();
      }
      const tab = await profile.tab();
      const request = world.request();
      const number = await world.upToNumber(tab, alice, request);
      expect(await alice.device.waiting()).to.have.length(1);
      await alice.device.approve(number);
      await world.allow(tab);
      expect((await world.redeem(request)).status).to.equal(200);
    });

    it('two tabs wait: the older one says that a newer request took over, and can ask again', async () => {
      const alice = await world.person();
      const profile = await browser.profile();
      const b = await profile.tab();
      const requestB = world.request();
      await world.upToNumber(b, alice, requestB);
      const a = await profile.tab();
      const requestA = world.request();
      const number = await world.upToNumber(a, alice, requestA);
      await b.page.bringToFront();
      await b.untilHeading('A newer request took over');
      await a.page.bringToFront();
      await alice.device.approve(number);
      await world.allow(a);

      await b.page.bringToFront();
      await b.click('Try again');
      await b.until(`/Check your phone|signed in in another tab|The app/.test(document.body.innerText)`);
      if ((await b.heading()) === 'Check your phone') {
        await alice.device.approve(await b.number());
        await b.untilAt(world.app.welcome);
      }
      expect((await world.redeem(requestA)).status).to.equal(200);
      expect((await world.redeem(requestB)).status).to.equal(200);
      expect([...a.complaints, ...b.complaints]).to.deep.equal([]);
    });

    it('two tabs at the password page: the second goes on after the first has signed in', async () => {
      const alice = await world.person();
      const profile = await browser.profile();
      const b = await profile.tab();
      const requestB = world.request();
      await b.open(requestB.url);
      await b.untilHeading('Sign in');
      const a = await profile.tab();
      await world.signIn(a, alice);

      await b.page.bringToFront();
      await b.logIn(alice.userName, PERSON_PASSWORD);
      await b.until(`/Check your phone|signed in in another tab|The app/.test(document.body.innerText)`);
      if ((await b.heading()) === 'Check your phone') {
        await alice.device.approve(await b.number());
        await b.untilAt(world.app.welcome);
      }
      expect((await world.redeem(requestB)).status).to.equal(200);
      expect(b.complaints).to.deep.equal([]);
    });

    it('one sign-in in two tabs: both show its end and neither an error', async () => {
      const alice = await world.person();
      const profile = await browser.profile();
      const a = await profile.tab();
      const request = world.request();
      const number = await world.upToNumber(a, alice, request);
      const b = await profile.tab();
      await b.open(a.page.url());
      expect(await b.number()).to.equal(number);
      await alice.device.approve(number);
      // The tab behind leaves at once, the one in front shows "Approved" first.
      const ended = `/Allow access|another tab|too old/.test(document.body.innerText)`;
      await a.until(ended);
      await b.until(ended);
      const headings = [await a.heading(), await b.heading()];
      expect(headings).to.include('Allow access?');
      expect(headings).to.include.oneOf(['You signed in in another tab', 'This page is too old']);
      const goesOn = (await a.heading()) === 'Allow access?' ? a : b;
      await goesOn.page.bringToFront();
      await world.allow(goesOn);
      expect((await world.redeem(request)).status).to.equal(200);
    });

    it('R39: no page of a sign-in shows in a frame', async () => {
      const alice = await world.person();
      const tab = await (await browser.profile()).tab();
      const request = world.request();
      const number = await world.upToNumber(tab, alice, request);
      const framing = await (await browser.profile()).tab();
      // What can be seen in a frame of the app's own, and what cannot.
      await framing.open(world.app.framing(world.app.welcome));
      expect(await framesWith(framing, 'The app')).to.equal(2);
      for (const url of [
        request.url,
        tab.page.url(),
        `${world.world.issuer}/`,
        `${world.world.issuer}/nowhere`,
      ]) {
        await framing.open(world.app.framing(url));
        expect(await framesWith(framing, 'The app'), url).to.equal(1);
        expect(await framesWith(framing, 'Countersign'), url).to.equal(0);
      }
      expect(number).to.have.length(6);
    });
  });
}

/** In how many frames of a tab, its own page among them, a text is drawn. */
async function framesWith(tab: Tab, words: string): Promise<number> {
  let found = 0;
  for (const frame of tab.page.frames()) {
    const text = await frame.evaluate('document.body.innerText').catch(() => '');
    if (String(text).includes(words)) found += 1;
  }
  return found;
}
