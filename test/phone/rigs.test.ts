import { expect } from 'chai';
import type { Tab } from '../support/browser-tab.ts';
import { eventually } from '../support/phone/arrivals.ts';
import { FirefoxPhone } from '../support/phone/firefox-phone.ts';
import type { Phone } from '../support/phone/phone.ts';
import { PHONES } from '../support/phone/phones.ts';
import { createTestPusher, type TestPusher } from '../support/phone/test-pusher.ts';
import { startTinyApp, type TinyApp } from '../support/phone/tiny-app.ts';

for (const { name, start } of PHONES) {
  describe(`the phone of the tests: ${name}`, function () {
    this.timeout(120_000);
    let phone: Phone;
    let app: TinyApp;
    let pusher: TestPusher;
    let tab: Tab;
    let subscription: string;
    before(async () => {
      app = await startTinyApp();
      phone = await start();
      pusher = await createTestPusher(phone.push);
      await phone.notificationsAre(app.origin, 'granted');
      tab = await phone.open(app.origin);
      subscription = await subscribe();
    });
    after(async () => {
      await pusher?.close();
      await phone?.close();
      await app?.stop();
    });

    const subscribe = async () =>
      (await tab.page.evaluate(`window.subscribe(${JSON.stringify(pusher.publicKey)})`)) as string;
    const push = (n: string) => pusher.send(subscription, { n });
    const toldOf = (n: string, what = 'push') =>
      app.told.all.filter((one) => one.what === what && one.text.includes(`"${n}"`));
    const told = (n: string, what = 'push') =>
      app.told.first((one) => one.what === what && one.text.includes(`"${n}"`));
    const shown = (n: string) => phone.notifications.shown.first(({ body }) => body.includes(`"${n}"`));

    it('a push from the provider is decrypted by the worker, shown, and its tap opens a page', async () => {
      expect(await push('one')).to.include({ outcome: 'delivered-to-service', status: 201 });
      await told('one');
      const notification = await shown('one');
      expect(notification.title).to.equal('Title');
      expect(notification.actions.map(({ key }) => key)).to.include('default');
      phone.notifications.tap(notification);
      const opened = await phone.tabAt((url) => url.includes('/opened?'));
      await told('one', 'click');
      expect(phone.notifications.now()).to.deep.equal([]);
      await opened.page.close();
    });

    it('two messages with one tag are one notification in the end; Firefox knows a message that comes again', async () => {
      phone.push.plan.deliverNext('same-twice', 'two-messages');
      await push('twice');
      await push('pair');
      await push('last');
      await told('last');
      await eventually('both messages', () => toldOf('pair').length === 2);
      await eventually('the other', () => toldOf('twice').length === (name === 'Firefox' ? 1 : 2));
      await shown('last');
      // One after the other: Chromium asks for a second notification while the desktop's word on the first is still out.
      await push('again');
      await shown('again');
      await push('again');
      await eventually('both', () => toldOf('again').length === 2);
      await push('after');
      await shown('after');
      expect(phone.notifications.now().filter(({ body }) => body.includes('again'))).to.have.length(1);
      phone.notifications.dismissAll();
    });

    it('a late message comes when it is let go, one that is never delivered does not', async () => {
      phone.push.plan.deliverNext('late', 'never');
      await push('late');
      await push('never');
      await push('meanwhile');
      await told('meanwhile');
      expect(toldOf('late')).to.deep.equal([]);
      expect(phone.push.plan.release()).to.equal(1);
      await told('late');
      expect(toldOf('never')).to.deep.equal([]);
      phone.notifications.dismissAll();
    });

    it('refusals and silence reach the provider and nothing reaches the phone', async () => {
      const { posts } = phone.push;
      posts.answerNext({ status: 410 });
      expect(await push('gone')).to.include({ outcome: 'gone', attempts: 1 });
      posts.answerNext({ status: 429, headers: { 'retry-after': '3600' } });
      expect(await push('busy')).to.include({ outcome: 'expired', status: 429 });
      posts.answerNext({ status: 500 }, 'hang');
      expect(await push('third time')).to.include({ outcome: 'delivered-to-service', attempts: 3 });
      await told('third time');
      expect(toldOf('gone')).to.deep.equal([]);
      expect(toldOf('busy')).to.deep.equal([]);
      phone.notifications.dismissAll();
    });

    it('refuses a push with another key than the subscription is bound to', async () => {
      const stranger = await createTestPusher(phone.push);
      expect(await stranger.send(subscription, { n: 'strange' })).to.include({ status: 403 });
      await stranger.close();
    });

    it('a page may be told not to show notifications', async () => {
      await phone.notificationsAre(app.origin, 'denied');
      await tab.open(app.origin);
      expect(await tab.read('Notification.permission')).to.equal('denied');
      await phone.notificationsAre(app.origin, 'granted');
      await tab.open(app.origin);
      expect(await tab.read('Notification.permission')).to.equal('granted');
    });

    it('shows both colour schemes, reduced motion, and a small screen', async () => {
      const matches = (query: string) => tab.read(`matchMedia('(${query})').matches`);
      for (const scheme of ['dark', 'light'] as const) {
        await phone.look(tab, { scheme, reducedMotion: scheme === 'dark' });
        expect(await matches(`prefers-color-scheme: ${scheme}`), scheme).to.equal(true);
        expect(await matches('prefers-reduced-motion: reduce')).to.equal(scheme === 'dark');
      }
      expect(await tab.read('innerWidth')).to.equal(390);
      await tab.page.setViewport({ width: 320, height: 568 });
      expect(await tab.read('innerWidth')).to.equal(320);
    });
  });
}

describe('the phone of the tests: what only Firefox shows', function () {
  this.timeout(120_000);
  let phone: FirefoxPhone;
  let app: TinyApp;
  before(async () => {
    app = await startTinyApp();
    phone = await FirefoxPhone.start({ notifications: 'prompt' });
  });
  after(async () => {
    await phone?.close();
    await app?.stop();
  });

  it('asks its person, who allows; a push service that forgot the browser is told to the worker', async () => {
    const pusher = await createTestPusher(phone.push);
    const tab = await phone.open(app.origin);
    expect(await tab.read('Notification.permission')).to.equal('default');
    await tab.click('Ask');
    await phone.allowWhatIsAsked();
    await tab.until(`window.answered === 'granted'`);
    await tab.page.evaluate(`window.subscribe(${JSON.stringify(pusher.publicKey)})`);
    expect(phone.push.endpoints()).to.have.length(1);
    phone.push.forgetBrowsers();
    await app.told.first(({ what }) => what === 'change');
    await pusher.close();
  });

  it('after a broken connection it connects again and gets what came meanwhile', async () => {
    const pusher = await createTestPusher(phone.push);
    const tab = await phone.open(app.origin);
    await phone.notificationsAre(app.origin, 'granted');
    const subscription = (await tab.page.evaluate(
      `window.subscribe(${JSON.stringify(pusher.publicKey)})`,
    )) as string;
    phone.push.dropConnections();
    expect(await pusher.send(subscription, { n: 'tunnel' })).to.include({ status: 201 });
    await app.told.first(({ text }) => text.includes('tunnel'));
    await pusher.close();
  });
});
