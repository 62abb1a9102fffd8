import { expect } from 'chai';
import type { RunningApp } from '../../src/demo/app/start.ts';
import type { Tab } from '../support/browser-tab.ts';
import { PERSON_PASSWORD } from '../support/browser-world.ts';
import { addPhone, approve, finishAdding } from '../support/phone/authenticator-tab.ts';
import { prepareDemoApp, shownClaims } from '../support/phone/demo-app.ts';
import type { Phone } from '../support/phone/phone.ts';
import { PhoneWorld } from '../support/phone/phone-world.ts';
import { PHONES } from '../support/phone/phones.ts';
import { BROWSERS, type RealBrowser } from '../support/real-browser.ts';

for (const { name, start } of PHONES) {
  describe(`a new person with ${name} as the phone and Chromium on the desk`, function () {
    this.timeout(180_000);
    let phone: Phone;
    let desk: RealBrowser;
    let world: PhoneWorld;
    let demo: RunningApp;
    before(async () => {
      phone = await start();
      desk = await BROWSERS[0]!.launch();
      const app = await prepareDemoApp();
      world = await PhoneWorld.start([phone], { clients: [app.client] });
      const { config, logger } = world.services;
      demo = await app.start(config.issuer, logger);
      await phone.notificationsAre(new URL(world.authenticator).origin, 'granted');
    });
    after(async () => {
      await demo?.close();
      await world?.close();
      await desk?.close();
      await phone?.close();
    });

    it('R3 R27 R45 R54: invited, enrols by the link, is pushed to, types the number; the app shows the claims', async () => {
      const account = await world.browsers.newcomer();
      const tab = await (await desk.profile()).tab();

      await tab.open(await world.invite(account));
      await tab.page.type('#password', PERSON_PASSWORD);
      await tab.click('Continue');
      await tab.untilHeading('Add your phone');
      const link = (await tab.read<string>(`document.querySelector('#enrol-link').href`)) ?? '';
      const mobile = await phone.open(link);
      expect(await mobile.read('location.href')).to.equal(world.authenticator);
      const fingerprint = await addPhone(mobile, 'Pixel 9');
      await tab.untilHeading('Is this your phone?');
      expect(await tab.text()).to.include('Pixel 9');
      expect(await tab.read(`document.querySelector('#fingerprint').innerText`)).to.equal(fingerprint);
      await tab.click('Confirm this phone');
      await tab.untilHeading('All set');
      await finishAdding(mobile);
      const [device] = await world.services.devices.active(account.sub);
      await world.reach(phone, account.sub, device!.id);
      await phone.closePages();

      await tab.open(demo.origin);
      await tab.click('Sign in');
      await tab.logIn(account.userName, PERSON_PASSWORD);
      const number = await tab.number();
      const notification = await phone.notifications.shown.first();
      expect(notification.title).to.equal('Demo app: is this you?');
      expect(JSON.stringify(notification))
        .not.to.include(number)
        .and.not.to.match(/approve|deny/i);
      expect(notification.actions.filter(({ key }) => !['default', 'settings'].includes(key))).to.satisfy(
        noWayToAnswer,
      );
      expect(phone.push.posts.received[0]!.body.length).to.be.below(1100);

      phone.notifications.tap(notification);
      const request = await phone.tabAt((url) => url.startsWith(world.authenticator));
      await request.untilHeading('Is this you?');
      expect(await request.text())
        .to.include('Demo app')
        .and.include('Chrom')
        .and.include('You have not signed in with this browser before.');
      await approve(request, number);
      await request.untilHeading('Approved');
      await allow(tab);
      const claims = await shownClaims(tab);
      expect(claims).to.include({ iss: world.services.config.issuer, aud: 'demo-app', sub: account.sub });
      expect(claims['amr']).to.include('mfa');
      expect([...tab.complaints, ...phone.complaints(), ...phone.refused]).to.deep.equal([]);
    });

    async function allow(tab: Tab): Promise<void> {
      await tab.untilHeading('Allow access?');
      await tab.click('Allow');
    }
  });
}

/** Firefox and Chromium add what every notification has: settings, and turning the site's notifications off. */
function noWayToAnswer(actions: readonly { label: string }[]): boolean {
  return actions.every(({ label }) => /settings|disable|notification|pause|permission/i.test(label));
}
