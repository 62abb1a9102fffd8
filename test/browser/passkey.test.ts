import { expect } from 'chai';
import type { Tab } from '../support/browser-tab.ts';
import { type BrowserPerson, BrowserWorld, PERSON_PASSWORD } from '../support/browser-world.ts';
import { VirtualAuthenticator } from '../support/phone/virtual-authenticator.ts';
import { BROWSERS, type RealBrowser } from '../support/real-browser.ts';

describe('browser: passkeys of Chromium', function () {
  this.timeout(180_000);
  let world: BrowserWorld;
  let browser: RealBrowser;
  before(async () => {
    world = await BrowserWorld.start();
    browser = await BROWSERS.find(({ name }) => name === 'Chromium')!.launch();
  });
  afterEach(() => browser.forget());
  after(async () => {
    await browser.close();
    await world.close();
  });

  const passkeysOf = ({ sub }: BrowserPerson) => world.server.services.passkeys.list(sub);

  it('R24: offered after the phone’s yes, made here, approved once; then it signs in first, and by itself', async () => {
    const alice = await world.person();
    const tab = await (await browser.profile()).tab();
    const finger = await VirtualAuthenticator.on(tab);
    const number = await world.upToNumber(tab, alice, world.request());
    await alice.device.approve(number);
    await tab.untilHeading('Next time, no phone needed');
    await tab.click('Make a passkey');
    const second = await numberOfChange(tab);
    expect((await alice.device.newest()).context.change).to.include({ act: 'add-passkey' });
    await alice.device.approve(second);
    await world.allow(tab);
    const [made] = await passkeysOf(alice);
    const [kept] = await finger.credentials();
    expect(Buffer.from(made!.id, 'base64url').toString('base64')).to.equal(kept!.credentialId);
    expect([kept!.rpId, kept!.isResidentCredential, made!.discoverable]).to.deep.equal([
      'localhost',
      true,
      true,
    ]);

    // After the password its page comes first and asks by itself; nobody is pushed.
    const again = world.request({ prompt: 'login' });
    await finger.isTouched(false);
    await tab.open(again.url);
    await tab.logIn(alice.userName, PERSON_PASSWORD);
    await tab.untilHeading('Use your passkey');
    await finger.isTouched(true);
    await tab.page.reload().catch(() => {}); // it asks as soon as it is there
    await tab.untilAt(world.app.welcome);
    const { decodeJwt } = await import('jose');
    const claims = decodeJwt((await world.redeem(again)).id_token!);
    expect([claims['acr'], claims['amr']]).to.deep.equal(['phr', ['pwd', 'swk', 'user', 'mfa']]);
    expect(await alice.device.waiting()).to.have.length(0);

    // From the sign-in page, without a name: the button, or the field of the name, whichever the browser is quicker with.
    const alone = world.request({ prompt: 'login' });
    await finger.isTouched(false);
    await tab.open(alone.url);
    await tab.untilHeading('Sign in');
    await finger.isTouched(true);
    await tab.page.evaluate(`document.getElementById('passkey-start')?.click()`).catch(() => {});
    await tab.untilAt(world.app.welcome);
    expect(decodeJwt((await world.redeem(alone)).id_token!)['amr']).to.deep.equal(['swk', 'user', 'mfa']);
    expect(tab.complaints).to.deep.equal([]);
  });

  it('without the right finger nothing happens, the page says so, and the phone is still there', async () => {
    const alice = await world.person();
    const tab = await (await browser.profile()).tab();
    const finger = await VirtualAuthenticator.on(tab);
    await finger.verifiesUser(false);
    await tab.open(world.request().url);
    await tab.untilHeading('Sign in');
    await tab.click('Use a passkey');
    await tab.until(`document.body.innerText.includes('No passkey was used')`);
    await tab.logIn(alice.userName, PERSON_PASSWORD);
    expect(await tab.number()).to.match(/^\d{6}$/);
  });

  it('a security key that keeps nothing and verifies nobody: made at /account, good after the password', async () => {
    const alice = await world.person();
    const profile = await browser.profile();
    const tab = await profile.tab();
    const key = await VirtualAuthenticator.on(tab, { roaming: true, keepsNone: true });
    await tab.open(`${world.server.issuer}/account`);
    await tab.logIn(alice.userName, PERSON_PASSWORD);
    await alice.device.approve(await tab.number());
    await tab.untilHeading('Your account');
    await tab.click('Add a passkey');
    await tab.untilHeading('Make a passkey');
    await tab.page.$eval('#name', (field) => {
      (field as unknown as { value: string }).value = 'Blue key';
    });
    await tab.click('Make a passkey');
    await alice.device.approve(await numberOfChange(tab));
    await tab.untilHeading('All set');
    const [made] = await passkeysOf(alice);
    expect(made).to.include({ name: 'Blue key', discoverable: false });
    expect(made!.transports).to.deep.equal(['usb']);

    const request = world.request({ acr_values: 'phr', prompt: 'login' });
    await tab.open(request.url);
    await tab.logIn(alice.userName, PERSON_PASSWORD);
    await world.allow(tab);
    const { decodeJwt } = await import('jose');
    const claims = decodeJwt((await world.redeem(request)).id_token!);
    expect([claims['acr'], claims['amr']]).to.deep.equal(['phr', ['pwd', 'swk', 'mfa']]);
    expect((await key.credentials())[0]!.isResidentCredential).to.equal(false);
    expect(await alice.device.waiting()).to.have.length(0);
    expect(tab.complaints).to.deep.equal([]);
  });

  async function numberOfChange(tab: Tab): Promise<string> {
    await tab.untilHeading('Approve it on your device');
    return (await tab.read<string>(`document.getElementById('number').getAttribute('data-number')`)) ?? '';
  }
});
