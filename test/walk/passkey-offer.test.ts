import { expect } from 'chai';
import { later, resetClock } from '../support/clock.ts';
import { askOptions, postPasskey } from '../support/passkey-steps.ts';
import { SoftwareAuthenticator } from '../support/software-authenticator.ts';
import type { SoftwareDevice } from '../support/software-device.ts';
import { TestBrowser, type TestPage } from '../support/test-browser.ts';
import { type AuthorizeRequest, createWorld, type World } from '../support/walk-world.ts';

describe('walk: a passkey offered on the way to the app', () => {
  let world: World;
  let device: SoftwareDevice;
  let sub: string;
  beforeEach(async () => {
    world = await createWorld();
    device = world.person('alice').device!;
    ({ sub } = world.person('alice').account);
  });
  afterEach(async () => {
    resetClock();
    await world.close();
  });

  const made = () => world.server.services.passkeys.list(sub);
  const isOffer = (page: TestPage) => page.forms.some(({ action }) => action.endsWith('/offer'));
  const authenticator = () => new SoftwareAuthenticator(new URL(world.issuer).origin);

  /** Up to the answer to "continue", with what the page's script says of its browser. */
  async function approved(
    browser: TestBrowser,
    request: AuthorizeRequest,
    passkeys = 'yes',
  ): Promise<TestPage> {
    await world.forgetOpen();
    const { page } = await world.walk(browser, request, { until: 'push' });
    await device.approve(world.number(page));
    const form = page.forms.find(({ action }) => action.endsWith('/continue'))!;
    return browser.request(form.action, { form: { ...form.fields, passkeys } });
  }
  async function make(browser: TestBrowser, page: TestPage, key = authenticator()): Promise<TestPage> {
    const options = (await askOptions(browser, page)) as unknown as Parameters<
      SoftwareAuthenticator['create']
    >[0];
    return browser.follow(await postPasskey(browser, page, key.createPasskey(options)));
  }

  it('R24: only to a browser that could keep one; the phone approves it once, and the person is at the app', async () => {
    const browser = new TestBrowser();
    const request = world.authorize();
    const offer = await approved(browser, request);
    expect([isOffer(offer), offer.title]).to.deep.equal([true, 'Next time, no phone needed · Countersign']);
    expect(await device.waiting()).to.have.length(0);
    const waiting = await make(browser, offer);
    // The approval of the sign-in, seconds old, is none of this.
    await world.post(browser, waiting, 'continue');
    expect(await made()).to.deep.equal([]);
    const asked = await device.newest();
    expect([asked.context.purpose, asked.context.change?.act]).to.deep.equal([
      'factor-change',
      'add-passkey',
    ]);
    await device.approve(world.number(waiting));
    const done = await world.walk(browser, await world.post(browser, waiting, 'continue'));
    expect((await world.redeem(request, done.code!)).status).to.equal(200);
    expect(await made()).to.have.length(1);
    // Next time no phone: it comes first there, and is not offered again.
    const next = await world.walk(browser, world.authorize({ prompt: 'login' }), { max: 1 });
    expect(next.page.title).to.include('Use your passkey');

    const other = new TestBrowser();
    expect(isOffer(await approved(other, world.authorize(), ''))).to.equal(false);
  });

  it('“not now” goes on to the app, and that browser is not asked again for a while; another one is', async () => {
    const browser = new TestBrowser();
    const request = world.authorize();
    const offer = await approved(browser, request);
    const done = await world.walk(browser, await world.post(browser, offer, 'skip'));
    expect((await world.redeem(request, done.code!)).status).to.equal(200);
    expect(isOffer(await approved(browser, world.authorize({ prompt: 'login' })))).to.equal(false);
    expect(isOffer(await approved(new TestBrowser(), world.authorize()))).to.equal(true);
    later(31 * 86_400);
    expect(isOffer(await approved(browser, world.authorize({ prompt: 'login' })))).to.equal(true);
  });

  it('a deny, or what is no passkey, leaves the person signed in and the account as it was', async () => {
    const browser = new TestBrowser();
    const request = world.authorize();
    const offer = await approved(browser, request);
    expect((await postPasskey(browser, offer, { nothing: 1 })).status).to.equal(400);
    const waiting = await make(browser, offer);
    await device.deny();
    const denied = await browser.open(waiting.url);
    expect(denied.title).to.include('denied');
    const done = await world.walk(browser, await world.post(browser, denied, 'skip'));
    expect((await world.redeem(request, done.code!)).status).to.equal(200);
    expect(await made()).to.deep.equal([]);
  });

  it('R25 R30: no step of it is open to half a sign-in, to another browser, or once everything is signed out', async () => {
    const half = new TestBrowser();
    const { page } = await world.walk(half, world.authorize(), { until: 'push' });
    for (const step of ['', '/options', '/send', '/continue', '/skip']) {
      const refused = await half.request(`${page.url}/offer${step}`, { form: { credential: '{}' } });
      expect([refused.status, refused.next], step).to.deep.equal([303, page.url]);
    }
    const browser = new TestBrowser();
    const offer = await approved(browser, world.authorize());
    const elsewhere = browser.clone();
    elsewhere.dropCookie('browser');
    const base = offer.forms.find(({ action }) => action.endsWith('/offer'))!.action;
    expect((await elsewhere.request(`${base}/options`, { form: {} })).status).to.be.oneOf([303, 403]);
    later(2);
    await world.server.server.signOutEverywhere(sub);
    expect((await browser.request(`${base}/options`, { form: {} })).status).to.equal(303);
    expect(await device.waiting()).to.have.length(0);
    expect(await made()).to.deep.equal([]);
  });
});
