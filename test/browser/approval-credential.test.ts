import { expect } from 'chai';
import type { ApprovalRequest } from '../../src/approval/request-approval.ts';
import { linkSecret } from '../../src/devices/enrolment-tickets.ts';
import type { Tab } from '../support/browser-tab.ts';
import { startCredentialPage } from '../support/credential-page.ts';
import { type DeviceServer, deviceServer } from '../support/device-server.ts';
import { VirtualAuthenticator } from '../support/phone/virtual-authenticator.ts';
import { BROWSERS, type RealBrowser } from '../support/real-browser.ts';

describe('browser: an approval credential of Chromium', function () {
  this.timeout(120_000);
  let page: Awaited<ReturnType<typeof startCredentialPage>>;
  let server: DeviceServer;
  let browser: RealBrowser;
  let tab: Tab;
  let finger: VirtualAuthenticator;
  let device: string;

  const phone = (call: string, ...args: readonly unknown[]): Promise<unknown> =>
    tab.page.evaluate(`phone.${call}(${args.map((arg) => JSON.stringify(arg)).join()})`);
  const asked = (more: Partial<ApprovalRequest> = {}) => server.request('ada', more);

  before(async () => {
    page = await startCredentialPage();
    server = await deviceServer({ authenticator: page.origin });
    browser = await BROWSERS.find(({ name }) => name === 'Chromium')!.launch();
    tab = await (await browser.profile()).tab();
    await tab.open(page.origin);
    finger = await VirtualAuthenticator.on(tab);
  });
  after(async () => {
    await browser?.close();
    await server?.close();
    await page?.close();
  });

  it('R60: is made with a verified person only, while the device waits to be confirmed', async () => {
    const enrolment = await server.enrolments.open({
      account: 'acct-ada',
      userName: 'ada',
      approval: 'none',
    });
    expect(await phone('enrol', server.issuer, linkSecret(enrolment))).to.equal('ok');
    await finger.verifiesUser(false);
    expect(await phone('register')).to.equal('NotAllowedError');
    await finger.verifiesUser(true);
    expect(await phone('register')).to.equal('ok');
    const claimed = (await server.enrolments.find('acct-ada', enrolment.id))!.device!;
    expect(await server.enrolments.confirm('acct-ada', enrolment.id, claimed.thumbprint)).to.equal('bound');
    device = claimed.id;
    const [credential] = await finger.credentials();
    const stored = (await server.devices.find(device))!.credential!;
    expect(Buffer.from(stored.id, 'base64url').toString('base64')).to.equal(credential!.credentialId);
    expect(credential).to.include({ rpId: 'auth.localhost', isResidentCredential: false });
  });

  it('R47 R60: approves, and the approval says that the person was verified', async () => {
    const before = (await server.devices.find(device))!.credential!.counter;
    const made = await asked();
    expect(await phone('answer', made.id, 'approve', made.number)).to.equal('approved');
    expect((await server.approvals.find(made.chain))!.challenge.answer).to.include({
      device,
      userVerified: true,
    });
    expect((await server.devices.find(device))!.credential!.counter).to.be.greaterThan(before);
  });

  it('R60: approves nothing without it, without the finger, or with an authenticator that lies', async () => {
    const made = await asked();
    const approve = (how: object = {}) => phone('answer', made.id, 'approve', made.number, how);
    expect(await approve({ leftOut: true })).to.equal('assertion_required');
    await finger.verifiesUser(false);
    expect(await approve()).to.equal('NotAllowedError');
    // A page that does not ask for the finger gets an assertion, and the server sees that the finger was missing.
    expect(await approve({ ask: { userVerification: 'discouraged' } })).to.equal('invalid_assertion');
    await finger.verifiesUser(true);
    await finger.lies({ badUv: true });
    expect(await approve()).to.equal('invalid_assertion');
    await finger.lies({ bogusSignature: true });
    expect(await approve()).to.equal('invalid_assertion');
    await finger.lies({});
    expect((await server.approvals.find(made.chain))!.challenge).to.include({ state: 'pending', wrong: 0 });
    expect(await approve()).to.equal('approved');
  });

  it('denies without a finger', async () => {
    await finger.verifiesUser(false);
    const made = await asked();
    expect(await phone('answer', made.id, 'deny')).to.equal('denied');
  });
});
