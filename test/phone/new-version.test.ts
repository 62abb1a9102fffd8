import { rm } from 'node:fs/promises';
import { expect } from 'chai';
import type { Tab } from '../support/browser-tab.ts';
import { eventually } from '../support/phone/arrivals.ts';
import { approve } from '../support/phone/authenticator-tab.ts';
import type { Phone } from '../support/phone/phone.ts';
import { PhoneWorld } from '../support/phone/phone-world.ts';
import { PHONES } from '../support/phone/phones.ts';

/** The page a window runs; the organisation's name is part of it. */
const version = (tab: Tab) =>
  tab.read<string>(`document.querySelector('meta[name="countersign-organisation"]').content`);
const waits = (tab: Tab) =>
  tab.read<boolean>(`navigator.serviceWorker.getRegistration().then(({ waiting }) => waiting !== null)`);
/** As the browser does by itself at the latest when the app is opened. */
const LOOK_FOR_NEW = `navigator.serviceWorker.getRegistration().then((all) => all.update()).then(() => true)`;

for (const { name, start } of PHONES) {
  describe(`a new version of the authenticator (${name})`, function () {
    this.timeout(120_000);
    let phone: Phone;
    before(async () => {
      phone = await start();
    });
    after(() => phone?.close());

    it('waits while a request is open, and takes over once nothing is', async () => {
      const world = await PhoneWorld.start([phone], { config: { organisation: { name: 'Old name' } } });
      const ada = await world.person(phone, { push: false });
      const { tab } = ada;
      await tab.open(world.authenticator); // the window that enrolled is older than its worker, and not in its care
      const signIn = await world.signIn(ada);
      await tab.untilHeading('Is this you?');

      const { server } = world.browsers;
      await server.server.close();
      await server.services.close();
      const again = await world.browsers.startAgain({ organisation: { name: 'New name' } });
      try {
        await tab.page.evaluate(LOOK_FOR_NEW);
        await eventually('a new version that waits', () => waits(tab));

        // Opened anew, it does not know of the request at first; that is no reason to take over.
        await tab.open(world.authenticator);
        await tab.untilHeading('Is this you?');
        expect(await version(tab)).to.equal('Old name');
        expect(await waits(tab)).to.equal(true);
        await tab.page.evaluate('window.stays = true');

        await approve(tab, signIn.number); // each key would let it take over, were nothing open
        await tab.untilHeading('Approved');
        expect(await signIn.isApproved()).to.equal(true);
        expect(await waits(tab)).to.equal(true);
        expect(await tab.read('window.stays')).to.equal(true);

        await tab.click('Done');
        await eventually('the new version', async () => (await version(tab)) === 'New name');
        await tab.untilHeading('Nothing is waiting');
        expect(await waits(tab)).to.equal(false);
        expect(await tab.text()).to.include('New name');
      } finally {
        await again.close();
        await world.browsers.app.close();
        await rm(server.dataDir, { recursive: true, force: true });
      }
    });
  });
}
