import { expect } from 'chai';
import decodeQR from 'qr/decode.js';
import type { Tab } from '../support/browser-tab.ts';
import { ChromiumPhone } from '../support/phone/chromium-phone.ts';
import { FakeCamera } from '../support/phone/fake-camera.ts';
import { startTinyApp, type TinyApp } from '../support/phone/tiny-app.ts';
import { VirtualAuthenticator } from '../support/phone/virtual-authenticator.ts';

/** Creates a credential or asks for an assertion. @returns its flags byte, or the name of the error */
const create = `navigator.credentials.create({ publicKey: {
    rp: { name: 'Tiny' }, user: { id: new Uint8Array(8), name: 'a', displayName: 'a' },
    challenge: new Uint8Array(32), pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    authenticatorSelection: { userVerification: 'required', residentKey: 'required' },
  } }).then((c) => c.id, (e) => e.name)`;
const get = (more = '') => `navigator.credentials.get({ publicKey: {
    challenge: new Uint8Array(32), userVerification: 'required', ${more}
  } }).then((c) => new Uint8Array(c.response.authenticatorData)[32], (e) => e.name)`;
const [USER_PRESENT, USER_VERIFIED] = [1, 4];

const frame = `(async () => {
  const stream = await navigator.mediaDevices.getUserMedia({ video: true });
  const video = document.createElement('video');
  video.srcObject = stream;
  await video.play();
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0);
  const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
  for (const track of stream.getTracks()) track.stop();
  return { width, height, data: new Uint8Array(data.buffer).toBase64() };
})().catch((e) => e.name)`;

describe('the phone of the tests: what only Chromium shows', function () {
  this.timeout(120_000);
  let phone: ChromiumPhone;
  let camera: FakeCamera;
  let app: TinyApp;
  let tab: Tab;
  before(async () => {
    app = await startTinyApp();
    camera = await FakeCamera.start();
    phone = await ChromiumPhone.start({ flags: camera.flags });
    tab = await phone.open(app.origin);
  });
  after(async () => {
    await phone?.close();
    await camera?.stop();
    await app?.stop();
  });

  it('a platform authenticator verifies its user, does not, lies, and comes along to another page', async () => {
    const authenticator = await VirtualAuthenticator.on(tab);
    expect(await tab.page.evaluate(create)).to.match(/^[\w-]{20,}$/);
    expect(await tab.page.evaluate(get())).to.satisfy((flags: number) => flags & USER_VERIFIED);
    await authenticator.verifiesUser(false);
    expect(await tab.page.evaluate(get())).to.equal('NotAllowedError');
    await authenticator.verifiesUser(true);
    await authenticator.lies({ badUv: true });
    expect(await tab.page.evaluate(get())).to.satisfy(
      (flags: number) => flags & USER_PRESENT && !(flags & USER_VERIFIED),
    );
    await authenticator.lies({});
    await authenticator.isTouched(false);
    expect(await tab.page.evaluate(get('timeout: 300'))).to.equal('NotAllowedError');
    await authenticator.isTouched(true);

    const other = await phone.open(app.origin);
    const second = await VirtualAuthenticator.on(other);
    await authenticator.copyTo(second);
    expect(await other.page.evaluate(get())).to.satisfy((flags: number) => flags & USER_VERIFIED);
    await other.page.close();
  });

  it('the camera sees what is held before it, once its person allows', async () => {
    const seen = async () => {
      const picture = await tab.page.evaluate(frame);
      if (typeof picture === 'string') return picture;
      const { width, height, data } = picture as { width: number; height: number; data: string };
      return decodeQR({ width, height, data: Buffer.from(data, 'base64') });
    };
    await phone.cameraIs(app.origin, 'denied');
    expect(await seen()).to.equal('NotAllowedError');
    await phone.cameraIs(app.origin, 'granted');
    for (const text of ['https://localhost/enrol#secret=abc', 'another']) {
      await camera.showQr(text);
      expect(await seen()).to.equal(text);
    }
    await camera.showWall();
    const wall = await tab.page.evaluate(frame);
    expect(wall).to.be.an('object');
  });
});
