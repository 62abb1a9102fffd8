import { expect } from 'chai';
import type { SignedContext } from '../../src/protocol/context.ts';
import type { Tab } from '../support/browser-tab.ts';
import { later, resetClock } from '../support/clock.ts';
import { approve, giveName, typeNumber, wrongNumber } from '../support/phone/authenticator-tab.ts';
import { problemsOf } from '../support/phone/axe.ts';
import { ChromiumPhone } from '../support/phone/chromium-phone.ts';
import { FirefoxPhone } from '../support/phone/firefox-phone.ts';
import type { Phone } from '../support/phone/phone.ts';
import { type PhonePerson, PhoneWorld } from '../support/phone/phone-world.ts';
import { VirtualAuthenticator } from '../support/phone/virtual-authenticator.ts';

const PHONES = {
  Firefox: () =>
    FirefoxPhone.start({ notifications: 'prompt', prefs: { 'media.navigator.streams.fake': true } }),
  Chromium: () => ChromiumPhone.start({ flags: ['--use-fake-device-for-media-stream'] }),
};

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';

/** Every kind of request that looks different, by its heading. */
const REQUESTS: Readonly<Record<string, Partial<SignedContext>>> = {
  'Is this you?': { place: null, app: { name: 'A'.repeat(60), host: `${'long.'.repeat(12)}example` } },
  'Confirm it’s you': { purpose: 'step-up' },
  'Sign in another device?': { purpose: 'device-code' },
  'Add a device?': {
    purpose: 'factor-change',
    change: { act: 'add-device', name: 'Pixel 9', fingerprint: '1234 5678 9012 3456' },
  },
  'Change how you sign in?': { purpose: 'factor-change', change: { act: 'something-new' } },
};

for (const [name, start] of Object.entries(PHONES)) {
  describe(`the screens of the authenticator in ${name}: axe, both colour schemes, both widths`, function () {
    this.timeout(180_000);
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
    const origin = () => new URL(world.authenticator).origin;
    afterEach(async () => {
      resetClock();
      const complaints = phone.complaints();
      const elsewhere = phone.requested.filter(
        (url) => !url.startsWith(`${origin()}/`) && !/^(about|data):/.test(url), // axe brings a font in itself
      );
      await phone.forgetSite(origin());
      expect(complaints, 'the console').to.deep.equal([]);
      expect(elsewhere, 'third parties').to.deep.equal([]);
    });

    async function at(tab: Tab, heading: string): Promise<void> {
      await tab.untilHeading(heading);
      expect(await problemsOf(phone, tab)).to.deep.equal([]);
    }

    it('R13: adding a phone', async () => {
      const account = await world.browsers.newcomer();
      const enrolment = await world.enrolment(account);
      const tab = await phone.open(world.authenticator);
      await at(tab, 'Your phone signs you in');
      await tab.click('Add your account');
      await at(tab, 'Add an account');
      await tab.click('Go on');
      await at(tab, 'Add an account'); // with what is wrong

      const linked = await phone.open(enrolment.link);
      await at(linked, 'Add this phone');
      await giveName(linked, 'Pixel 9');
      await at(linked, 'Now confirm in the browser');
      await enrolment.confirm();
      await at(linked, 'This phone is ready');
      await linked.click('Done');
      await at(linked, 'Nothing is waiting');
      await linked.open(enrolment.link);
      await giveName(linked, 'Another');
      await at(linked, 'This code was used already');
    });

    it('R13: requests of every kind, and how they end', async () => {
      const ada = await world.person(phone, { push: false });
      const { tab } = ada;
      for (const [heading, context] of Object.entries(REQUESTS)) {
        await world.ask(ada, context);
        await at(tab, heading);
        const same = `getComputedStyle(document.querySelector('.button.deny')).fontSize ===
          getComputedStyle(document.querySelector('.button:not(.deny)') ?? document.querySelector('.button.deny')).fontSize`;
        expect(await tab.read(same)).to.equal(true);
        await tab.click('Deny');
        await at(tab, 'Denied');
        await tab.click('Done');
      }
      await reported(ada);
      const { number } = await world.ask(ada);
      await typeNumber(tab, wrongNumber(number));
      await tab.click('Approve');
      await tab.until(`document.querySelector('#number-problem').innerText !== ''`);
      await at(tab, 'Is this you?'); // with the wrong number
      await approve(tab, number);
      await at(tab, 'Approved');
    });

    async function reported(ada: PhonePerson): Promise<void> {
      await world.ask(ada);
      await ada.tab.click('This wasn’t me');
      await at(ada.tab, 'Reported');
      await ada.tab.click('Done');
      await ada.tab.untilHeading('Nothing is waiting');
      await ada.tab.page.click(`::-p-xpath(//section[h2]//button[contains(., "${ada.userName}")])`);
      await ada.tab.until(`document.body.innerText.includes('You said that a sign-in was not you')`);
      await at(ada.tab, ada.userName);
      await ada.tab.click('Let them ask again');
      await ada.tab.until(`!document.body.innerText.includes('You said that a sign-in was not you')`);
      await ada.tab.click('Back');
    }

    it('R13: requests that this phone did not decide, and accounts that it lost', async () => {
      const ada = await world.person(phone, { push: false });
      const { tab } = ada;
      const signIn = await world.signIn(ada);
      await tab.untilHeading('Is this you?');
      await signIn.cancel();
      await at(tab, 'This request was taken back');
      await tab.click('Done');

      const { id, expiresAt } = await world.ask(ada);
      await tab.untilHeading('Is this you?');
      later((expiresAt - Date.now()) / 1000 + 1);
      await phone.closePages();
      const tapped = await phone.open(`${world.authenticator}#${new URLSearchParams({ request: id })}`);
      await at(tapped, 'This request has expired');
      const nobodys = await phone.open(
        `${world.authenticator}#${new URLSearchParams({ request: `x${id}` })}`,
      );
      await at(nobodys, 'This request has ended');
      await nobodys.click('Done');

      await world.services.devices.revoke(ada.account.sub, ada.device);
      await at(nobodys, 'This phone was removed');
      await phone.forgetSite(origin(), 'localStorage');
      await at(await phone.open(world.authenticator), 'This phone has lost its key');
    });

    it('R54: the camera, the phone’s own lock, and an iPhone outside of its Home Screen', async () => {
      await phone.cameraIs(origin(), 'granted');
      const enrolment = await world.enrolment(await world.browsers.newcomer());
      const scanning = await phone.open(world.authenticator);
      await scanning.click('Add your account');
      await scanning.click('Scan the code');
      await at(scanning, 'Scan the code for this phone');
      await scanning.click('Back');

      if (phone instanceof ChromiumPhone) {
        const tab = await phone.blank();
        await VirtualAuthenticator.on(tab);
        await tab.open(enrolment.link);
        await giveName(tab, 'Pixel 9');
        await at(tab, 'Ask for your fingerprint, face or PIN?');
        await phone.forgetSite(origin());
      }
      const iPhone = await phone.blank();
      await iPhone.page.setUserAgent({ userAgent: IPHONE });
      await iPhone.open(world.authenticator);
      await at(iPhone, 'Put this on your Home Screen first');
    });

    it('several requests and several accounts, and one account’s own page', async () => {
      const ada = await world.person(phone, { push: false });
      await phone.closePages();
      const grace = await world.person(phone, { push: false });
      const { tab } = grace;
      await world.ask(ada);
      await tab.untilHeading('Is this you?');
      await world.ask(ada, { purpose: 'device-code' });
      await world.ask(grace, { purpose: 'step-up' });
      await tab.until(`document.querySelector('.back')?.innerText === '2 more requests'`);
      await at(tab, 'Is this you?');
      await tab.click('2 more requests');
      await at(tab, '3 requests are waiting');
      await tab.page.click(`::-p-xpath(//section[h2]//button[contains(., "${ada.userName}")])`);
      await at(tab, ada.userName);
      await tab.click('Recent activity');
      await at(tab, 'Recent activity');
      await tab.click('Back');
      await tab.click('Secure my account');
      await at(tab, 'Secure your account?');
      await tab.click('Sign out everywhere and stop requests');
      await at(tab, 'Your account is secured');
      await tab.click('Done');
      await tab.click('Remove this phone');
      await at(tab, ada.userName); // asks whether that is meant
      await tab.click('Remove it');
      await tab.until(`!document.body.innerText.includes('${ada.userName}')`);
      expect(await world.services.devices.active(ada.account.sub)).to.deep.equal([]);
    });
  });
}
