import { expect } from 'chai';
import type { Tab } from '../support/browser-tab.ts';
import { eventually } from '../support/phone/arrivals.ts';
import { approve, typeNumber, wrongNumber } from '../support/phone/authenticator-tab.ts';
import { FirefoxPhone } from '../support/phone/firefox-phone.ts';
import { SCREENS } from '../support/phone/phone.ts';
import { type PhonePerson, PhoneWorld } from '../support/phone/phone-world.ts';

/** The polls that these tabs hold. */
function watchPolls(tabs: readonly Tab[]) {
  const held = new Map<unknown, Tab>();
  let most = 0;
  for (const tab of tabs) {
    tab.page.on('request', (request) => {
      if (/\/challenges\?wait=[1-9]/.test(request.url())) held.set(request, tab);
      most = Math.max(most, held.size);
    });
    tab.page.on('requestfinished', (request) => held.delete(request));
    tab.page.on('requestfailed', (request) => held.delete(request));
    tab.page.on('close', () => {
      for (const [request, by] of held) if (by === tab) held.delete(request);
    });
  }
  return {
    /** Which tab holds the only one. */
    listener: () => (held.size === 1 ? [...held.values()][0] : undefined),
    /** The most there were at one time, since this was asked last. */
    most() {
      const was = most;
      most = held.size;
      return was;
    },
  };
}

describe('a real phone whose notifications are off (Firefox)', function () {
  this.timeout(120_000);
  let phone: FirefoxPhone;
  let world: PhoneWorld;
  let origin: string;
  before(async () => {
    phone = await FirefoxPhone.start({ notifications: 'prompt' });
    world = await PhoneWorld.start([phone]);
    origin = new URL(world.authenticator).origin;
  });
  afterEach(() => phone.forgetSite(origin));
  after(async () => {
    await world?.close();
    await phone?.close();
  });

  const listed = (tab: Tab) => tab.untilHeading('Nothing is waiting');

  async function answers(tab: Tab, person: PhonePerson): Promise<void> {
    const signIn = await world.signIn(person);
    await tab.untilHeading('Is this you?');
    await eventually('the receipt', async () => (await world.stepOf(signIn)) === 'opened');
    await approve(tab, signIn.number);
    await tab.untilHeading('Approved');
    expect(await signIn.isApproved()).to.equal(true);
    await tab.click('Done');
    await listed(tab);
  }

  it('F13: refused: the open app shows a request at once, and one that waited when it is opened', async () => {
    await phone.notificationsAre(origin, 'denied');
    const ada = await world.person(phone, { push: false });
    expect(await ada.tab.text()).to.include('Notifications are blocked');
    await answers(ada.tab, ada);
    await phone.closePages();

    const signIn = await world.signIn(ada);
    const tab = await phone.open(world.authenticator);
    await typeNumber(tab, wrongNumber(signIn.number));
    await tab.click('Approve');
    await tab.until(`document.querySelector('#number-problem')?.innerText.includes('not the number')`);
    await approve(tab, signIn.number);
    await tab.untilHeading('Approved');
    expect((await world.services.devices.find(ada.device))?.subscription).to.equal(null);
    expect(phone.complaints()).to.deep.equal([]);
  });

  it('asked: nothing waits for the answer; a click and the person’s yes bring a subscription', async () => {
    await phone.notificationsAre(origin, 'prompt');
    const ada = await world.person(phone, { push: false });
    await answers(ada.tab, ada);
    expect(phone.push.endpoints()).to.deep.equal([]);
    await ada.tab.click('Turn on notifications');
    await answers(ada.tab, ada); // the question is still open
    await phone.allowWhatIsAsked();
    await world.reach(phone, ada.account.sub, ada.device);
    expect(phone.push.endpoints()).to.have.length(1);
  });

  it('two windows: one listens, both show, and the other takes over', async () => {
    await phone.notificationsAre(origin, 'denied');
    const ada = await world.person(phone, { push: false });
    const second = await phone.blank(SCREENS.usual, 'window');
    const polls = watchPolls([ada.tab, second]);
    await second.open(world.authenticator);
    await listed(second);
    await ada.tab.open(world.authenticator);
    await listed(ada.tab);
    await eventually('one window that listens', polls.listener);
    polls.most();

    const signIn = await world.signIn(ada);
    for (const tab of [ada.tab, second]) await tab.untilHeading('Is this you?');
    await approve(second, signIn.number);
    await second.untilHeading('Approved');
    expect(await signIn.isApproved()).to.equal(true);
    await second.click('Done');
    await ada.tab.until(`document.querySelector('h1')?.innerText !== 'Is this you?'`);
    expect(await ada.tab.text()).not.to.include('another device');
    expect(polls.most()).to.equal(1);

    await second.page.close();
    await eventually('the window that is left', () => polls.listener() === ada.tab);
    if ((await ada.tab.heading()) !== 'Nothing is waiting') await ada.tab.click('Done');
    await listed(ada.tab);
    await answers(ada.tab, ada);
  });

  it('two windows of which one is hidden: the one that is seen listens', async () => {
    await phone.notificationsAre(origin, 'denied');
    const ada = await world.person(phone, { push: false });
    const over = await phone.blank(SCREENS.usual, 'tab');
    const polls = watchPolls([ada.tab, over]);
    await over.open(world.authenticator);
    await listed(over);
    expect(await ada.tab.read('document.visibilityState')).to.equal('hidden');
    await eventually('the window that is seen', () => polls.listener() === over);
    await answers(over, ada);
  });
});
