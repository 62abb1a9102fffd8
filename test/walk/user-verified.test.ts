import { expect } from 'chai';
import { ACR } from '../../src/session/ladder.ts';
import { SoftwareAuthenticator } from '../support/software-authenticator.ts';
import { enrolDevice, type SoftwareDevice } from '../support/software-device.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

describe('walk: approved by a verified person', () => {
  let world: World;
  let device: SoftwareDevice;
  let authenticator: SoftwareAuthenticator;
  before(async () => {
    world = await createWorld();
    device = world.person('alice').device!;
    authenticator = new SoftwareAuthenticator(new URL(world.issuer).origin);
    await device.client.registerApprovalCredential(async (options) => authenticator.create(options));
  });
  after(() => world.close());

  async function waiting() {
    const browser = new TestBrowser();
    const request = world.authorize();
    const { page } = await world.walk(browser, request, { until: 'push' });
    return {
      browser,
      request,
      page,
      challenge: await device.newest(),
      number: { number: world.number(page) },
    };
  }

  it('R47: the tokens say `user` beside what they say of any approval', async () => {
    const { browser, request, page, challenge, number } = await waiting();
    expect(challenge.credential?.rp_id).to.equal(new URL(world.issuer).hostname);
    await device.client.answer(challenge, 'approve', number, async (options) => authenticator.get(options));
    const walked = await world.walk(browser, await world.post(browser, page, 'continue'));
    const { decodeJwt } = await import('jose');
    const claims = decodeJwt((await world.redeem(request, walked.code!)).id_token!);
    expect(claims['acr']).to.equal(ACR.push);
    expect(claims['amr']).to.deep.equal(['pwd', 'swk', 'mca', 'mfa', 'user']);
  });

  it('R60: nobody gets in by the same answer without the assertion, nor by one that does not verify', async () => {
    const { browser, page, challenge, number } = await waiting();
    const refused = [
      await device.client.answer(challenge, 'approve', number).catch((error) => error.code),
      await device.client
        .answer(challenge, 'approve', number, async (options) =>
          authenticator.get(options, { userVerified: false }),
        )
        .catch((error) => error.code),
    ];
    expect(refused).to.deep.equal(['assertion_required', 'invalid_assertion']);
    const after = await world.post(browser, page, 'continue');
    expect(after.next).to.equal(undefined);
    expect(world.promptOf(after)).to.equal('push');
    await world.post(browser, page, 'cancel');
  });

  it('R47: another device of the same person, without a credential, does not say `user`', async () => {
    const { account } = world.person('alice');
    const plain = await enrolDevice(world.server.services, world.issuer, account);
    const { browser, request, page, number } = await waiting();
    await plain.client.answer(await plain.newest(), 'approve', number);
    const walked = await world.walk(browser, await world.post(browser, page, 'continue'));
    const { decodeJwt } = await import('jose');
    const claims = decodeJwt((await world.redeem(request, walked.code!)).id_token!);
    expect(claims['amr']).to.deep.equal(['pwd', 'swk', 'mca', 'mfa']);
    await plain.client.remove();
  });
});
