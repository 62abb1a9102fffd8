import { expect } from 'chai';
import { BrowserWorld } from '../support/browser-world.ts';
import { BROWSERS, type RealBrowser } from '../support/real-browser.ts';

const DEVICE = 'Blue phone';
const lineOf = (words: string) =>
  `[...document.querySelectorAll('.device')].some((row) =>
    row.querySelector('.device-name').innerText === ${JSON.stringify(DEVICE)} &&
    row.querySelector('.device-words').innerText === ${JSON.stringify(words)})`;

for (const kind of BROWSERS) {
  describe(`progress in ${kind.name}`, function () {
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

    it('R59: a known browser names the phone and follows it: sent, delivered, opened, approved', async () => {
      const alice = await world.person(DEVICE);
      const profile = await browser.profile();
      const first = await profile.tab();
      await world.signIn(first, alice);
      await first.page.close();

      // Known now; its session must not answer for it.
      const tab = await profile.tab();
      const request = world.request({ prompt: 'login' });
      const number = await world.upToNumber(tab, alice, request);
      expect(await tab.text()).to.include(DEVICE);
      // Nothing was delivered for some seconds: what to do opens by itself.
      await tab.until(`document.querySelector('#help[open]')`);
      const { id } = await alice.device.newest();
      await alice.device.client.receipt(id, 'delivered');
      await tab.until(lineOf('Delivered, not opened yet'));
      expect(await tab.read(`document.getElementById('announce').textContent`)).to.equal(
        `${DEVICE}: Delivered, not opened yet`,
      );
      await alice.device.client.receipt(id, 'opened');
      await tab.until(lineOf('Opened, waiting for the answer'));
      await alice.device.approve(number);
      await tab.untilAt(world.app.welcome); // consent is remembered
      expect((await world.redeem(request)).status).to.equal(200);
      expect(tab.complaints).to.deep.equal([]);
    });

    it('R59: an unknown browser sees no phone, and no receipt ends its poll', async () => {
      const alice = await world.person(DEVICE);
      const tab = await (await browser.profile()).tab();
      const request = world.request();
      const number = await world.upToNumber(tab, alice, request);
      await tab.untilPolling();
      const { id } = await alice.device.newest();
      await alice.device.client.receipt(id, 'delivered');
      await alice.device.client.receipt(id, 'opened');
      expect(await tab.read('document.documentElement.outerHTML')).not.to.include(DEVICE);
      expect(tab.polls).to.deep.equal([]); // held 55 s
      await alice.device.approve(number);
      await world.allow(tab);
      expect(tab.polls).to.deep.equal([200]);
      expect((await world.redeem(request)).status).to.equal(200);
    });
  });
}
