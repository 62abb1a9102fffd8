import { expect } from 'chai';
import { DeviceApiError } from '../../src/protocol/device-api-error.ts';
import { parseEnrolmentLink } from '../../src/protocol/enrolment-link.ts';
import { claimWith } from '../support/account-steps.ts';
import type { Tab } from '../support/browser-tab.ts';
import { PERSON_PASSWORD } from '../support/browser-world.ts';
import { approve } from '../support/phone/authenticator-tab.ts';
import type { Phone } from '../support/phone/phone.ts';
import { type PhonePerson, PhoneWorld } from '../support/phone/phone-world.ts';
import { PHONES } from '../support/phone/phones.ts';
import { BROWSERS, type RealBrowser } from '../support/real-browser.ts';

for (const { name, start } of PHONES) {
  describe(`adding a second device with ${name} as the first and Chromium on the desk`, function () {
    this.timeout(120_000);
    let phone: Phone;
    let desk: RealBrowser;
    let world: PhoneWorld;
    before(async () => {
      phone = await start();
      desk = await BROWSERS[0]!.launch();
      world = await PhoneWorld.start([phone]);
    });
    afterEach(async () => {
      await phone.forgetSite(new URL(world.authenticator).origin);
      await desk.forget();
    });
    after(async () => {
      await world?.close();
      await desk?.close();
      await phone?.close();
    });

    /** What the first phone is asked to type, on the page that waits for it. */
    async function numberOn(tab: Tab): Promise<string> {
      await tab.untilHeading('Approve it on a device you have');
      const drawn = await tab.read<string>(`document.querySelector('#number [aria-hidden]').innerText`);
      return (drawn ?? '').replace(/\s/gu, '');
    }

    /** From their own page on the desk to the page that waits for the first phone. */
    async function upToNumber(ada: PhonePerson) {
      const tab = await (await desk.profile()).tab();
      await tab.open(`${world.browsers.server.issuer}/account`);
      await tab.logIn(ada.userName, PERSON_PASSWORD);
      await approve(ada.tab, await tab.number());
      await ada.tab.untilHeading('Approved');
      await ada.tab.click('Done');
      await tab.untilHeading('Your account');
      await tab.click('Add a device');
      await tab.untilHeading('Add your phone');
      const link = (await tab.read<string>(`document.getElementById('enrol-link').href`)) ?? '';
      const { secret } = parseEnrolmentLink(link)!;
      const second = await claimWith(world.browsers.world, { secret }, 'Pixel 9');
      await tab.untilHeading('Is this your phone?');
      expect(await tab.text())
        .to.include('Pixel 9')
        .and.include(second.fingerprint);
      await tab.click('Confirm this phone');
      const number = await numberOn(tab);
      await ada.tab.untilHeading('Add a device?');
      const change = await ada.tab.read<string>(`document.querySelector('.change').innerText`);
      expect(change).to.include('Pixel 9').and.include(second.fingerprint);
      return { tab, second, number };
    }

    type Second = Awaited<ReturnType<typeof upToNumber>>['second'];
    const refusalOf = (second: Second) =>
      second.client.pending().then(
        () => undefined,
        (error: unknown) => error instanceof DeviceApiError && error.code,
      );
    const active = async (ada: PhonePerson) =>
      (await world.services.devices.active(ada.account.sub)).map(({ id }) => id);

    it('R24 R27: the first shows the name and fingerprint; before its approval the second may do nothing, then it signs in', async () => {
      const ada = await world.person(phone, { push: false });
      const { tab, second, number } = await upToNumber(ada);
      expect((await second.client.status()).device.state).to.equal('pending');
      expect(await refusalOf(second)).to.equal('device_pending');
      expect(await active(ada)).to.deep.equal([ada.device]);

      await ada.tab.page.type('#number', number);
      await ada.tab.click('Add it');
      await ada.tab.untilHeading('Approved');
      await tab.untilHeading('All set'); // by itself
      expect((await second.client.status()).device.state).to.equal('active');
      expect(await active(ada)).to.have.members([ada.device, second.id]);
      await ada.tab.click('Done');

      const signIn = await world.signIn(ada);
      const [request] = (await second.client.pending()).challenges;
      await second.client.answer(request!, 'approve', { number: signIn.number });
      expect(await signIn.isApproved()).to.equal(true);
      expect([...tab.complaints, ...phone.complaints()]).to.deep.equal([]);
    });

    it('R24: denied on the first, the second stays unbound and the browser says so', async () => {
      const ada = await world.person(phone, { push: false });
      const { tab, second } = await upToNumber(ada);
      await ada.tab.click('Deny');
      await ada.tab.untilHeading('Denied');
      await tab.untilHeading('It was denied');
      expect((await second.client.status()).device.state).not.to.equal('active');
      expect(await refusalOf(second)).to.be.a('string');
      expect(await active(ada)).to.deep.equal([ada.device]);
      expect([...tab.complaints, ...phone.complaints()]).to.deep.equal([]);
    });
  });
}
