import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { PERSON_PASSWORD } from '../support/browser-world.ts';
import { approve } from '../support/phone/authenticator-tab.ts';
import type { Phone } from '../support/phone/phone.ts';
import { PhoneWorld } from '../support/phone/phone-world.ts';
import { PHONES } from '../support/phone/phones.ts';

for (const { name, start } of PHONES) {
  describe(`signing in on the phone itself (${name})`, function () {
    this.timeout(120_000);
    let phone: Phone;
    let world: PhoneWorld;
    before(async () => {
      phone = await start();
      world = await PhoneWorld.start([phone]);
    });
    after(async () => {
      await world?.close();
      await phone?.close();
    });

    it('the waiting page opens the authenticator; the number is typed there, and the page goes on by itself', async () => {
      const ada = await world.person(phone, { push: false });
      await phone.closePages();

      const request = world.browsers.request();
      const browser = await phone.open(request.url);
      await browser.logIn(ada.userName, PERSON_PASSWORD);
      const number = await browser.number();
      await browser.click('Open the authenticator');
      const authenticator = await phone.tabAt((url) => url === world.authenticator);
      await authenticator.until(`document.visibilityState === 'visible'`);
      expect(await authenticator.read('opener === null')).to.equal(true);
      await authenticator.untilHeading('Is this you?');
      await approve(authenticator, number);
      await authenticator.untilHeading('Approved');

      await browser.page.bringToFront();
      await world.browsers.allow(browser);
      const { id_token: token } = await world.browsers.redeem(request);
      expect(decodeJwt(String(token))).to.include({ sub: ada.account.sub });
      expect(phone.complaints()).to.deep.equal([]);
    });
  });
}
