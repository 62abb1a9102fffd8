import { get } from 'node:http';
import { expect } from 'chai';
import { decodeJwt } from 'jose';
import type { Challenge } from '../../src/approval/challenge.ts';
import { keys } from '../../src/store/keys.ts';
import type { Tab } from '../support/browser-tab.ts';
import { PERSON_PASSWORD } from '../support/browser-world.ts';
import {
  addPhone,
  approve,
  fingerprintShown,
  finishAdding,
  giveName,
} from '../support/phone/authenticator-tab.ts';
import { ChromiumPhone } from '../support/phone/chromium-phone.ts';
import { FakeCamera } from '../support/phone/fake-camera.ts';
import { SCREENS } from '../support/phone/phone.ts';
import { PhoneWorld } from '../support/phone/phone-world.ts';
import { VirtualAuthenticator } from '../support/phone/virtual-authenticator.ts';
import { BROWSERS, type RealBrowser } from '../support/real-browser.ts';

const NOT_VERIFIED = /could not tell that it is you/;

describe('a real phone with a fingerprint and a camera (Chromium)', function () {
  this.timeout(180_000);
  let phone: ChromiumPhone;
  let desk: RealBrowser;
  let camera: FakeCamera;
  let world: PhoneWorld;
  let origin: string;
  before(async () => {
    camera = await FakeCamera.start();
    phone = await ChromiumPhone.start({ flags: camera.flags });
    desk = await BROWSERS[0]!.launch();
    world = await PhoneWorld.start([phone]);
    origin = new URL(world.authenticator).origin;
    await phone.cameraIs(origin, 'granted');
  });
  afterEach(() => phone.forgetSite(origin));
  after(async () => {
    await world?.close();
    await desk?.close();
    await phone?.close();
    await camera?.stop();
  });

  /** Enrols with the phone's lock. */
  async function locked() {
    const account = await world.browsers.newcomer();
    const enrolment = await world.enrolment(account);
    const tab = await phone.blank();
    const authenticator = await VirtualAuthenticator.on(tab);
    await tab.open(enrolment.link);
    await giveName(tab, 'Pixel 9');
    await tab.untilHeading('Ask for your fingerprint, face or PIN?');
    await tab.click('Use this phone’s lock');
    await fingerprintShown(tab);
    await enrolment.confirm();
    await finishAdding(tab);
    expect(await authenticator.credentials()).to.have.length(1);
    const [device] = await world.services.devices.active(account.sub);
    return {
      authenticator,
      ada: { account, userName: account.userName, device: device!.id, tab },
    };
  }

  const until = (tab: Tab, words: RegExp) => tab.until(`${words}.test(document.body.innerText)`);

  it('R60: with the phone’s lock an approval needs its person; without them nothing is approved, denying needs nobody', async () => {
    const { ada, authenticator } = await locked();
    const { tab } = ada;
    const signIn = await world.signIn(ada);
    await tab.untilHeading('Is this you?');
    await authenticator.verifiesUser(false);
    await approve(tab, signIn.number);
    await until(tab, NOT_VERIFIED);
    await tab.untilHeading('Is this you?');
    expect(await signIn.isApproved()).to.equal(false);

    await authenticator.verifiesUser(true);
    for (const lie of [{ badUv: true }, { bogusSignature: true }]) {
      await authenticator.lies(lie);
      await tab.click('Approve');
      await tab.until(`!document.querySelector('.button.approve').disabled`);
      await until(tab, NOT_VERIFIED);
      expect(await signIn.isApproved()).to.equal(false);
    }
    await authenticator.lies({});
    await tab.click('Approve');
    await tab.untilHeading('Approved');
    expect(await signIn.isApproved()).to.equal(true);
    await tab.click('Done');

    await authenticator.forget();
    const other = await world.signIn(ada);
    await tab.untilHeading('Is this you?');
    await tab.click('Deny');
    await tab.untilHeading('Denied');
    expect(await other.isApproved()).to.equal(false);
  });

  it('R47: the tokens of a sign-in say what was proved', async () => {
    const { ada } = await locked();
    const tab = await (await desk.profile()).tab();
    const request = world.browsers.request();
    await tab.open(request.url);
    await tab.logIn(ada.userName, PERSON_PASSWORD);
    await approve(ada.tab, await tab.number());
    await ada.tab.untilHeading('Approved');
    await world.browsers.allow(tab);
    const { id_token: token } = await world.browsers.redeem(request);
    expect(decodeJwt(String(token))['amr']).to.include.members(['pwd', 'mfa', 'user']);
  });

  it('R54: the camera reads the link that adds the phone, and the code of a request instead of its number', async () => {
    const account = await world.browsers.newcomer();
    const enrolment = await world.enrolment(account);
    await camera.showQr('https://example.com/something-else');
    const tab = await phone.open(world.authenticator);
    await tab.click('Add your account');
    await tab.click('Scan the code');
    await until(tab, /no code for adding a phone/);
    await camera.showQr(enrolment.link);
    await tab.click('Scan the code');
    await addPhone(tab, 'Pixel 9');
    await enrolment.confirm();
    await finishAdding(tab);

    const ada = { account, userName: account.userName, device: '', tab };
    const other = await world.ask(ada);
    await tab.untilHeading('Is this you?');
    await camera.showQr(`countersign:${other.id.replace(/^./, '!')}:${other.qr}`);
    await tab.click('Scan the code instead');
    await until(tab, /belongs to another request/);
    await camera.showQr(`countersign:${other.id}:${other.qr}`);
    await tab.click('Scan the code instead');
    await until(tab, /The code was read/);
    expect((await world.services.store.get<Challenge>(keys.challenge(other.chain)))?.value?.state).to.equal(
      'pending',
    );
    await tab.click('Approve');
    await tab.untilHeading('Approved');
    expect(phone.complaints()).to.deep.equal([]);
  });

  it('no camera, or none that may be used: says so, and typing goes on', async () => {
    await phone.cameraIs(origin, 'denied');
    const tab = await phone.open(world.authenticator);
    await tab.click('Add your account');
    await tab.click('Scan the code');
    await until(tab, /no camera this app may use/);
    await phone.cameraIs(origin, 'granted');
  });

  it('loads under 60 kB gzipped at first, from here alone; can be installed; opens without a network', async () => {
    const from = phone.requested.length;
    const tab = await phone.open(world.authenticator);
    await tab.untilHeading('Your phone signs you in');
    const loaded = [...new Set(phone.requested.slice(from))].filter((url) => url !== 'about:blank');
    expect(loaded.filter((url) => !url.startsWith(origin))).to.deep.equal([]);
    const sizes = await Promise.all(loaded.filter((url) => !url.includes('/device/')).map(gzipped));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    expect(total, 'bytes').to.be.within(10_000, 60_000);

    await tab.page.evaluate('navigator.serviceWorker.ready');
    const session = await tab.page.createCDPSession();
    const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
    expect(installabilityErrors).to.deep.equal([]);
    await tab.page.setOfflineMode(true);
    await tab.open(world.authenticator);
    await tab.untilHeading('Your phone signs you in');
    await tab.page.setOfflineMode(false);
  });

  it('a phone of 320 pixels, enrolled and asked, needs no sideways scrolling and hides no answer', async () => {
    const ada = await world.person(phone, { push: false });
    await ada.tab.page.setViewport(SCREENS.small);
    await world.ask(ada);
    await ada.tab.untilHeading('Is this you?');
    const inSight = `[...document.querySelectorAll('.answers button')].every((one) => {
      const { top, bottom, left, right } = one.getBoundingClientRect();
      return top >= 0 && bottom <= innerHeight && left >= 0 && right <= innerWidth;
    })`;
    await ada.tab.until(inSight, 'every answer in sight');
  });
});

/** Bytes of the body as it goes over the wire. */
function gzipped(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers: { 'accept-encoding': 'gzip' } }, async (response) => {
      resolve(Buffer.concat(await response.toArray()).length);
    });
    request.on('error', reject);
  });
}
