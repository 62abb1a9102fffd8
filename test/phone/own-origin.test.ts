import { expect } from 'chai';
import type { OpenChallenges } from '../../src/approval/open-challenges.ts';
import { keys } from '../../src/store/keys.ts';
import { PERSON_PASSWORD } from '../support/browser-world.ts';
import { eventually } from '../support/phone/arrivals.ts';
import { addPhone, approve, finishAdding } from '../support/phone/authenticator-tab.ts';
import { FirefoxPhone } from '../support/phone/firefox-phone.ts';
import { PhoneWorld } from '../support/phone/phone-world.ts';
import { BROWSERS, type RealBrowser } from '../support/real-browser.ts';
import { freePort } from '../support/start-server.ts';

// Browsers lead `*.localhost` to this machine, keep its hosts apart as sites, and trust them as they trust https.
describe('the authenticator on an origin of its own (Firefox, and Chromium on the desk)', function () {
  this.timeout(120_000);
  let phone: FirefoxPhone;
  let desk: RealBrowser;
  let world: PhoneWorld;
  before(async () => {
    phone = await FirefoxPhone.start();
    desk = await BROWSERS[0]!.launch();
    const port = await freePort();
    const issuer = `http://id.localhost:${port}`;
    world = await PhoneWorld.start([phone], {
      issuer,
      config: { http: { port }, authenticator: { origin: `http://auth.localhost:${port}` } },
    });
  });
  after(async () => {
    await world?.close();
    await desk?.close();
    await phone?.close();
  });

  it('enrols, is pushed to and answers across origins, without a cookie; the provider’s pages are not there', async () => {
    const account = await world.browsers.newcomer();
    const enrolment = await world.enrolment(account);
    expect(new URL(enrolment.link).host).to.match(/^auth\.localhost:/);
    const mobile = await phone.open(enrolment.link);
    await addPhone(mobile, 'Pixel 9');
    await enrolment.confirm();
    await finishAdding(mobile);
    const [device] = await world.services.devices.active(account.sub);
    await world.reach(phone, account.sub, device!.id);

    await phone.closePages(); // the worker alone tells that the push arrived

    const tab = await (await desk.profile()).tab();
    await tab.open(world.browsers.request().url);
    await tab.logIn(account.userName, PERSON_PASSWORD);
    const number = await tab.number();
    const notification = await phone.notifications.shown.first();
    const { store } = world.services;
    const open = await store.get<OpenChallenges>(keys.openChallenges(account.sub));
    const chain = open!.value!.open[0]!.chain;
    await eventually('the receipt', async () => (await world.stepOf({ chain })) === 'delivered');
    phone.notifications.tap(notification);
    const request = await phone.tabAt((url) => url.startsWith(world.authenticator));
    await approve(request, number);
    await request.untilHeading('Approved');
    await tab.untilHeading('Allow access?');

    const { origin } = new URL(world.authenticator);
    expect(await phone.browser.defaultBrowserContext().cookies()).to.deep.equal([]);
    for (const path of ['/authorize', '/account', '/.well-known/openid-configuration']) {
      await request.page.goto(origin + path);
      expect(await request.text(), path).to.include('There is nothing at this address');
    }
    expect([...tab.complaints, ...phone.complaints().filter((line) => !line.includes('404'))]).to.deep.equal(
      [],
    );
  });
});
