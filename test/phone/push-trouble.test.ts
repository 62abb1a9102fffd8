import { expect } from 'chai';
import { eventually } from '../support/phone/arrivals.ts';
import { approve } from '../support/phone/authenticator-tab.ts';
import { FirefoxPhone } from '../support/phone/firefox-phone.ts';
import type { ShownNotification } from '../support/phone/notification-daemon.ts';
import { type PhonePerson, PhoneWorld, type SignInAtDesk } from '../support/phone/phone-world.ts';

describe('pushes that go wrong, on a real phone (Firefox)', function () {
  this.timeout(120_000);
  let phone: FirefoxPhone;
  let world: PhoneWorld;
  let ada: PhonePerson;
  before(async () => {
    phone = await FirefoxPhone.start();
    world = await PhoneWorld.start([phone]);
    ada = await world.person(phone);
  });
  beforeEach(async () => {
    await phone.closePages();
    phone.notifications.dismissAll();
    phone.push.posts.forget();
  });
  after(async () => {
    await world?.close();
    await phone?.close();
  });

  /** Where the server pushes to. */
  const endpoint = async () => (await world.services.devices.find(ada.device))?.subscription?.endpoint;
  const openWindows = async () =>
    (await phone.browser.pages())
      .map((page) => page.url())
      .filter((url) => url.startsWith(world.authenticator));
  const shownSince = () => phone.notifications.shown.all.length;
  const nextShown = (from: number, title = 'Real app: is this you?') =>
    phone.notifications.shown.first((one) => one.title === title, from);

  async function approveByTap(notification: ShownNotification, signIn: SignInAtDesk): Promise<void> {
    phone.notifications.tap(notification);
    const tab = await phone.tabAt((url) => url.startsWith(world.authenticator));
    await approve(tab, signIn.number);
    await tab.untilHeading('Approved');
    expect(await signIn.isApproved()).to.equal(true);
  }

  /** The phone is taken out of the pocket, the authenticator opened by its icon. */
  async function approveByOpening(signIn: SignInAtDesk): Promise<void> {
    const tab = await phone.open(world.authenticator);
    await approve(tab, signIn.number);
    await tab.untilHeading('Approved');
    expect(await signIn.isApproved()).to.equal(true);
  }

  for (const [what, answers] of Object.entries({
    '500 once': [{ status: 500 }],
    '429 with a Retry-After': [{ status: 429, headers: { 'retry-after': '1' } }],
    'silence once': ['hang' as const],
    'a broken connection once': ['reset' as const],
  })) {
    it(`F11: ${what}: the push is sent again, arrives and can be answered`, async () => {
      const from = shownSince();
      phone.push.posts.answerNext(...answers);
      const signIn = await world.signIn(ada);
      await approveByTap(await nextShown(from), signIn);
      expect(phone.push.posts.received).to.have.length(2);
      expect(phone.notifications.shown.all).to.have.length(from + 1);
    });
  }

  it('F11 F13: refused for longer than the request lives: opening the app shows it', async () => {
    phone.push.posts.answerNext({ status: 429, headers: { 'retry-after': '3600' } });
    const signIn = await world.signIn(ada);
    await approveByOpening(signIn);
  });

  it('F11: 410: the subscription is forgotten, opening the app shows the request and subscribes again', async () => {
    const old = await endpoint();
    phone.push.posts.answerNext({ status: 410 });
    const signIn = await world.signIn(ada);
    await eventually('a forgotten subscription', async () => (await endpoint()) === undefined);
    await approveByOpening(signIn);
    await world.reach(phone, ada.account.sub, ada.device);
    expect(await endpoint()).not.to.equal(old);
    const from = shownSince();
    await phone.closePages();
    const again = await world.signIn(ada);
    await approveByTap(await nextShown(from), again);
  });

  it('F13 R59: delivered twice, as one message or as two: one notification, and the receipts say delivered, then opened', async () => {
    for (const way of ['same-twice', 'two-messages'] as const) {
      const from = shownSince();
      phone.push.plan.deliverNext(way);
      const acks = phone.push.acks.all.length;
      const signIn = await world.signIn(ada);
      await eventually('the receipt', async () => (await world.stepOf(signIn)) === 'delivered');
      await phone.push.acks.count(acks + 2);
      // The second message shows a notification of its own, which takes the first one's place.
      await phone.notifications.shown.count(from + (way === 'two-messages' ? 2 : 1));
      await eventually('one notification', () => phone.notifications.now().length === 1);
      phone.notifications.tap(phone.notifications.now()[0]!);
      await eventually('the receipt', async () => (await world.stepOf(signIn)) === 'opened');
      await signIn.cancel();
      await phone.closePages();
      phone.notifications.dismissAll();
    }
  });

  it('F13: delivered after its request has ended: it says so, and its tap shows how, not the other request that waits', async () => {
    phone.push.plan.deliverNext('late');
    const before = phone.push.plan.takenSoFar;
    const signIn = await world.signIn(ada);
    await phone.push.plan.takenCount(before + 1);
    await signIn.cancel();
    let from = shownSince();
    const other = await world.signIn(ada);
    await nextShown(from);
    from = shownSince();
    phone.push.plan.release();
    const notification = await nextShown(from, 'This request has ended');
    expect(notification.body).to.include('Real app');
    phone.notifications.tap(notification);
    const tab = await phone.tabAt((url) => url.startsWith(world.authenticator));
    await tab.untilHeading('This request was taken back');
    expect(await tab.read(`document.querySelector('#number') === null`)).to.equal(true);
    await tab.click('Next request');
    await approve(tab, other.number);
    await tab.untilHeading('Approved');
    expect(await other.isApproved()).to.equal(true);
    await eventually('nothing in the shade', () => phone.notifications.now().length === 0);
  });

  it('F13: a phone out of reach gets the push when it is connected again, within its time', async () => {
    const from = shownSince();
    phone.push.dropConnections();
    const signIn = await world.signIn(ada);
    await approveByTap(await nextShown(from), signIn);
  });

  it('F11: the push service knows the browser no more: told so, the worker subscribes again while no window is open', async () => {
    const old = await endpoint();
    expect(old).to.be.a('string');
    const hellos = phone.push.hellos.all.length;
    phone.push.forgetBrowsers(); // answers the next hello with another uaid
    await phone.push.hellos.count(hellos + 1);
    await eventually('another subscription at the server', async () => {
      const now = await endpoint();
      return now !== undefined && now !== old;
    });
    expect(phone.push.endpoints()).to.deep.equal([await endpoint()]);
    expect(await openWindows()).to.deep.equal([]);
    const from = shownSince();
    const signIn = await world.signIn(ada);
    await approveByTap(await nextShown(from), signIn);
  });

  it('F11: a subscription lost without a word: the next opening subscribes again, and pushes arrive there', async () => {
    const old = await endpoint();
    const lost = await phone.open(world.authenticator);
    await lost.untilHeading('Nothing is waiting');
    await lost.page.evaluate(`navigator.serviceWorker.ready
      .then(({ pushManager }) => pushManager.getSubscription())
      .then((subscription) => subscription.unsubscribe())`); // no event comes of it
    await lost.page.close();
    await phone.open(world.authenticator);
    await eventually('another subscription at the server', async () => {
      const now = await endpoint();
      return now !== undefined && now !== old;
    });
    expect(phone.push.endpoints()).to.deep.equal([await endpoint()]);
    await phone.closePages();
    const from = shownSince();
    const signIn = await world.signIn(ada);
    await approveByTap(await nextShown(from), signIn);
  });

  it('a phone whose last account is taken off it gives its subscription up', async () => {
    expect(phone.push.endpoints()).to.have.length(1);
    const tab = await phone.open(world.authenticator);
    await tab.page.click(`::-p-xpath(//button[contains(., "${ada.userName}")])`);
    await tab.click('Remove this phone');
    await tab.click('Remove it');
    await eventually('no subscription', () => phone.push.endpoints().length === 0);
  });
});
