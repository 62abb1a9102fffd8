import { expect } from 'chai';
import { createDeviceClient } from '../../src/protocol/device-client.ts';
import { parseEnrolmentLink } from '../../src/protocol/enrolment-link.ts';
import { nobleKey } from '../../src/terminal-device/noble-key.ts';
import { PERSON_PASSWORD } from '../support/browser-world.ts';
import { addPhone, fingerprintShown, finishAdding, giveName } from '../support/phone/authenticator-tab.ts';
import { FirefoxPhone } from '../support/phone/firefox-phone.ts';
import { PhoneWorld } from '../support/phone/phone-world.ts';
import { BROWSERS, type RealBrowser } from '../support/real-browser.ts';

/** Tries to get the private key out of the browser. @returns what each try ended in */
const tryExport = `(async () => {
  const open = indexedDB.open('countersign-authenticator');
  await new Promise((resolve, reject) => { open.onsuccess = resolve; open.onerror = reject; });
  const all = open.result.transaction('accounts').objectStore('accounts').getAll();
  await new Promise((resolve) => { all.onsuccess = resolve; });
  open.result.close();
  const ends = [];
  for (const { key } of all.result) {
    ends.push(key.type + ' ' + key.extractable + ' ' + key.usages);
    for (const format of ['jwk', 'pkcs8', 'raw']) {
      ends.push(await crypto.subtle.exportKey(format, key).then(() => format, (error) => error.name));
    }
  }
  return ends;
})()`;

describe('adding a real phone (Firefox)', function () {
  this.timeout(120_000);
  let phone: FirefoxPhone;
  let desk: RealBrowser;
  let world: PhoneWorld;
  before(async () => {
    phone = await FirefoxPhone.start();
    desk = await BROWSERS[0]!.launch();
    world = await PhoneWorld.start([phone]);
  });
  afterEach(() => phone.forgetSite(new URL(world.authenticator).origin));
  after(async () => {
    await world?.close();
    await desk?.close();
    await phone?.close();
  });

  it('R26 R27: a link that somebody else used first: the browser shows their device, its owner refuses it', async () => {
    const account = await world.browsers.newcomer();
    const tab = await (await desk.profile()).tab();
    await tab.open(await world.invite(account));
    await tab.page.type('#password', PERSON_PASSWORD);
    await tab.click('Continue');
    await tab.untilHeading('Add your phone');
    const link = (await tab.read<string>(`document.querySelector('#enrol-link').href`)) ?? '';

    const { issuer, secret } = parseEnrolmentLink(link)!;
    const thief = createDeviceClient({ issuer, fetch, key: nobleKey('EdDSA') });
    const { device } = await thief.enrol({ ticket: { secret }, name: 'Thief’s phone', kind: 'web' });
    await tab.untilHeading('Is this your phone?');
    expect(await tab.text())
      .to.include('Thief’s phone')
      .and.include(device.fingerprint);

    const owner = await phone.open(link);
    await giveName(owner, 'Pixel 9');
    await owner.untilHeading('This code was used already');
    expect(await owner.text()).to.include('cancel in the browser');

    await tab.click('Not my device');
    await tab.until(`document.querySelector('h1')?.innerText !== 'Is this your phone?'`);
    expect((await thief.status()).device.state).to.equal('cancelled');
    expect(await world.services.devices.active(account.sub)).to.deep.equal([]);
    expect(tab.complaints).to.deep.equal([]);
  });

  it('R26: opening a link spends nothing; the code typed in the app works as well, and the browser decides', async () => {
    const account = await world.browsers.newcomer();
    const enrolment = await world.enrolment(account);
    const looked = await phone.open(enrolment.link);
    await looked.untilHeading('Add this phone');
    await looked.page.close();

    const tab = await phone.open(world.authenticator);
    await tab.untilHeading('Your phone signs you in');
    await tab.click('Add your account');
    await tab.page.type('#user', account.userName.toUpperCase());
    await tab.page.type('#code', enrolment.code.toLowerCase());
    await tab.click('Go on');
    await addPhone(tab, 'Pixel 9');
    await tab.open(world.authenticator); // closed and opened again meanwhile
    await fingerprintShown(tab);
    await enrolment.confirm();
    await finishAdding(tab);

    const second = await world.enrolment(await world.browsers.newcomer());
    const refused = await phone.open(second.link);
    await addPhone(refused, 'Pixel 9');
    await second.cancel();
    await refused.untilHeading('This phone was not added');
    await tab.until(`document.body.innerText.includes(${JSON.stringify(account.userName)})`);
    expect(phone.complaints()).to.deep.equal([]);
  });

  it('R53: no secret stays in the address, the key leaves the browser in no form', async () => {
    const ada = await world.person(phone, { push: false });
    expect(await ada.tab.read('location.href')).to.equal(world.authenticator);
    const ends = await ada.tab.page.evaluate(tryExport);
    expect(ends).to.deep.equal(['private false sign', ...Array(3).fill('InvalidAccessError')]);
  });

  it('a browser that lost the key says so and leads on', async () => {
    const ada = await world.person(phone, { push: false });
    await ada.tab.open(world.authenticator);
    await ada.tab.untilHeading('Nothing is waiting');
    await phone.forgetSite(new URL(world.authenticator).origin, 'localStorage');
    const tab = await phone.open(world.authenticator);
    await tab.untilHeading('This phone has lost its key');
    await tab.click('Add your account');
    await tab.untilHeading('Add an account');
  });

  it('a link of another server, an expired one and nonsense say so', async () => {
    const account = await world.browsers.newcomer();
    const { link } = await world.enrolment(account);
    const elsewhere = await phone.open(
      link.replace(/issuer=[^&]*/, 'issuer=https%3A%2F%2Felsewhere.example'),
    );
    await elsewhere.untilHeading('This code is for another server');
    const unknown = await phone.open(link.replace(/secret=[^&]*/, `secret=${'x'.repeat(22)}`));
    await giveName(unknown, 'Pixel 9');
    await unknown.untilHeading('This code is not known');
  });
});
