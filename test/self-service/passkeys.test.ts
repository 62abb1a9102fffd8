import { expect } from 'chai';
import { openAccount, postTo, reload } from '../support/account-steps.ts';
import { later, resetClock } from '../support/clock.ts';
import { askOptions, givePasskey, postPasskey, usePasskey } from '../support/passkey-steps.ts';
import { type Odd, SoftwareAuthenticator } from '../support/software-authenticator.ts';
import { enrolDevice, type SoftwareDevice } from '../support/software-device.ts';
import { TestBrowser, type TestPage } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

describe('self-service: a person’s passkeys', () => {
  let world: World;
  let device: SoftwareDevice;
  let sub: string;
  beforeEach(async () => {
    world = await createWorld();
    const alice = world.person('alice');
    device = alice.device!;
    ({ sub } = alice.account);
  });
  afterEach(async () => {
    resetClock();
    await world.close();
  });

  const passkeys = () => world.server.services.passkeys.list(sub);
  const newAuthenticator = () => new SoftwareAuthenticator(new URL(world.issuer).origin);
  async function events(type: string) {
    await world.server.services.audit.flush();
    const { events } = await world.server.services.audit.read({ account: sub }, { limit: 1000 });
    return events.map(({ event }) => event).filter((event) => event.type === type);
  }
  async function refusals() {
    await world.server.services.audit.flush();
    const { events } = await world.server.services.audit.read({ category: 'attempt' }, { limit: 1000 });
    return events.flatMap(({ event }) => (event.type === 'passkey.refused' ? event.reason : []));
  }
  const begin = async (browser: TestBrowser) =>
    postTo(browser, await openAccount(world, browser), '/add-passkey');
  async function make(
    browser: TestBrowser,
    page: TestPage,
    authenticator: SoftwareAuthenticator,
    odd: Odd = {},
  ) {
    const options = (await askOptions(browser, page)) as unknown as Parameters<
      SoftwareAuthenticator['create']
    >[0];
    return browser.follow(await postPasskey(browser, page, authenticator.createPasskey(options, odd)));
  }

  it('R24: it is made in the browser, and only the yes of a device, which shows that very one, adds it', async () => {
    const browser = new TestBrowser();
    const authenticator = newAuthenticator();
    const page = await begin(browser);
    const options = await askOptions(browser, page);
    expect(options).to.deep.include({
      attestation: 'none',
      rp: { id: 'localhost', name: new URL(world.issuer).host },
      excludeCredentials: [],
    });
    expect(JSON.stringify(options)).not.to.include(Buffer.from(sub).toString('base64url'));
    const waiting = await make(browser, page, authenticator);
    const fingerprint = /id="fingerprint">([^<]+)</.exec(waiting.text)![1]!;
    const request = await device.newest();
    expect(request.context.purpose).to.equal('factor-change');
    expect(request.context.change).to.include({ act: 'add-passkey', fingerprint });
    await postTo(browser, waiting, '/continue');
    expect(await passkeys()).to.deep.equal([]);
    const early = new TestBrowser();
    const login = await world.open(early, world.authorize().url);
    expect((await usePasskey(early, login, authenticator)).status).to.equal(401);

    await device.approve(world.number(waiting));
    expect((await postTo(browser, waiting, '/continue')).title).to.include('All set');
    expect((await postTo(browser, waiting, '/continue')).title).to.include('All set');
    expect(await passkeys()).to.have.length(1);
    expect(await events('passkey.added')).to.have.length(1);
    expect((await events('passkey.added'))[0]).to.include({
      approvedBy: device.id,
      synced: false,
      attested: false,
    });
    const overview = await browser.open(`${world.issuer}/account`);
    expect(overview.text)
      .to.include('stays on one device')
      .and.include('not used yet')
      .and.include('was added');
    // And from now on it signs in, first of all in the browser it was made in.
    const stranger = new TestBrowser();
    const request2 = world.authorize();
    const used = await usePasskey(stranger, await world.open(stranger, request2.url), authenticator);
    expect((await world.walk(stranger, used)).code).to.be.a('string');
    await world.forgetOpen();
    const again = await world.walk(browser, world.authorize({ prompt: 'login' }), { max: 1 });
    expect(again.page.forms.some(({ id }) => id === 'passkey-form')).to.equal(true);
    expect(await device.waiting()).to.have.length(0);
    expect((await browser.open(`${world.issuer}/account`)).text).to.include('last used');
  });

  it('R24: a deny adds none, and the approval of a sign-in is none, however fresh', async () => {
    const browser = new TestBrowser();
    const waiting = await make(browser, await begin(browser), newAuthenticator());
    await device.deny();
    expect((await reload(browser, waiting)).title).to.include('denied');
    expect((await postTo(browser, waiting, '/continue')).status).to.equal(409);
    expect(await passkeys()).to.deep.equal([]);
  });

  it('what is not a new passkey of this page is refused, and nobody is asked', async () => {
    const before = (await refusals()).length;
    const browser = new TestBrowser();
    const page = await begin(browser);
    const odd: [string, Odd][] = [
      ['origin', { origin: 'https://evil.example' }],
      ['origin', { crossOrigin: true }],
      ['registration', { rpId: 'evil.example' }],
      ['registration', { type: 'webauthn.get' }],
      ['registration', { userPresent: false }],
      ['registration', { credentialId: Buffer.alloc(16).toString('base64url') }],
      ['challenge', { challenge: Buffer.alloc(32).toString('base64url') }],
    ];
    for (const [reason, how] of odd)
      expect((await make(browser, page, newAuthenticator(), how)).status, reason).to.equal(400);
    const nonsense = await postPasskey(browser, page, { nothing: 1 });
    expect(nonsense.status).to.equal(400);
    expect((await refusals()).slice(before)).to.deep.equal([...odd.map(([reason]) => reason), 'malformed']);
    expect(await device.waiting()).to.have.length(0);
    // What approves is never what signs in, though it be the same authenticator.
    const approval = newAuthenticator();
    await device.client.registerApprovalCredential(async (options) => approval.create(options));
    expect((await make(browser, page, approval)).status).to.equal(400);
    expect((await refusals()).at(-1)).to.equal('registration');
  });

  it('R17: a challenge to make one is none to use one, and none of another change', async () => {
    const browser = new TestBrowser();
    const authenticator = await givePasskey(world, 'alice');
    const page = await begin(browser);
    const other = await postTo(browser, await browser.open(`${world.issuer}/account`), '/add-passkey');
    const options = (await askOptions(browser, page)) as unknown as Parameters<
      SoftwareAuthenticator['create']
    >[0];
    const made = newAuthenticator().createPasskey(options);
    expect((await postPasskey(browser, other, made)).status).to.equal(400);
    const waiting = await make(browser, page, newAuthenticator());
    const forSignIn = await world.open(new TestBrowser(), world.authorize().url);
    expect(forSignIn.status).to.equal(200);
    const used = authenticator.getPasskey({ challenge: options.challenge, rpId: 'localhost' });
    const refused = await postPasskey(browser, waiting, used);
    expect([refused.status, (await passkeys()).length]).to.deep.equal([303, 1]);
    expect((await refusals()).slice(-2)).to.deep.equal(['challenge', 'challenge']);
  });

  it('R24: another passkey may approve it, by an assertion of a verified person made for just that', async () => {
    const browser = new TestBrowser();
    const first = await givePasskey(world, 'alice');
    const bobs = await givePasskey(world, 'bob');
    const waiting = await make(browser, await begin(browser), newAuthenticator());
    expect(await device.waiting()).to.have.length(1);
    for (const [who, how] of [
      [first, { userVerified: false }],
      [first, { origin: 'https://evil.example' }],
      [bobs, {}],
    ] as const)
      await usePasskey(browser, waiting, who, how);
    expect((await refusals()).slice(-3)).to.deep.equal(['user', 'origin', 'account']);
    expect(await passkeys()).to.have.length(1);
    const done = await usePasskey(browser, waiting, first);
    expect(done.title).to.include('All set');
    expect(await passkeys()).to.have.length(2);
    expect(await device.waiting()).to.have.length(0);
    expect((await postTo(browser, waiting, '/continue')).title).to.include('All set');
    expect(await events('passkey.added')).to.have.length(1);
  });

  it('R24: one that goes does not approve its own removal; a device or another one does', async () => {
    const browser = new TestBrowser();
    const [first, second] = [await givePasskey(world, 'alice'), await givePasskey(world, 'alice')];
    const overview = await openAccount(world, browser);
    const href = /href="(\/account\/passkeys\/[^"]+)"/.exec(overview.text)![1]!;
    const waiting = await postTo(browser, await browser.open(world.issuer + href), '/remove');
    expect((await device.newest()).context.change).to.include({ act: 'remove-passkey', name: 'Laptop' });
    const options = await askOptions(browser, waiting);
    expect(options.allowCredentials.map(({ id }) => id)).to.deep.equal([second.credentialId]);
    await usePasskey(browser, waiting, first);
    expect(await passkeys()).to.have.length(2);
    const done = await usePasskey(browser, waiting, second);
    expect(done.title).to.include('It is removed');
    expect((await passkeys()).map(({ id }) => id)).to.deep.equal([second.credentialId]);
    expect(await events('passkey.removed')).to.have.length(1);
    const stranger = new TestBrowser();
    const login = await world.open(stranger, world.authorize().url);
    expect((await usePasskey(stranger, login, first)).status).to.equal(401);
  });

  it('R24: a passkey also approves a device’s removal and a new one, in place of an old device', async () => {
    const browser = new TestBrowser();
    const passkey = await givePasskey(world, 'alice');
    const { services, issuer } = world.server;
    const second = await enrolDevice(services, issuer, world.person('alice').account, { name: 'Tablet' });
    await openAccount(world, browser);
    const path = `${world.issuer}/account/devices/${second.id.split('.').at(-1)}`;
    const waiting = await postTo(browser, await browser.open(path), '/remove');
    expect((await usePasskey(browser, waiting, passkey)).title).to.include('It is removed');
    expect((await services.devices.active(sub)).map(({ id }) => id)).to.deep.equal([device.id]);

    const { claimWith, ticketOf } = await import('../support/account-steps.ts');
    const code = await postTo(browser, await browser.open(`${world.issuer}/account`), '/add-device');
    const added = await claimWith(world, { secret: ticketOf(code).secret }, 'Pixel 9');
    const asked = await postTo(browser, await reload(browser, code), '/confirm');
    expect((await usePasskey(browser, asked, passkey)).title).to.include('All set');
    expect((await services.devices.active(sub)).map(({ id }) => id)).to.include(added.id);
  });

  it('R29: another person’s passkey is not found; a name is its owner’s to change', async () => {
    await givePasskey(world, 'alice');
    const browser = new TestBrowser();
    const overview = await openAccount(world, browser);
    const url = world.issuer + /href="(\/account\/passkeys\/[^"]+)"/.exec(overview.text)![1]!;
    const bob = new TestBrowser();
    const bobs = await openAccount(world, bob, 'bob');
    const token = bobs.forms[0]!.fields['token']!;
    for (const step of ['', '/rename', '/remove']) {
      const form = step ? { form: { token, name: 'Mine' } } : {};
      expect((await bob.request(url + step, form)).status, step).to.equal(404);
    }
    const page = await browser.open(url);
    expect((await browser.submit(page, 'rename-form', { name: '\u202e' })).status).to.equal(400);
    await browser.submit(page, 'rename-form', { name: ' Küche 🍳 ' });
    expect((await passkeys())[0]!.name).to.equal('Küche 🍳');
  });

  it('R24: the approval that added one is used up: sent again after its removal, it does not bring it back', async () => {
    const [attacker, owner] = [new TestBrowser(), new TestBrowser()];
    const waiting = await make(attacker, await begin(attacker), newAuthenticator());
    await device.approve(world.number(waiting));
    await postTo(attacker, waiting, '/continue');
    const overview = await openAccount(world, owner);
    const href = /href="(\/account\/passkeys\/[^"]+)"/.exec(overview.text)![1]!;
    const removing = await postTo(owner, await owner.open(world.issuer + href), '/remove');
    await device.approve(world.number(removing));
    await postTo(owner, removing, '/continue');
    expect(await passkeys()).to.deep.equal([]);
    await postTo(attacker, waiting, '/continue');
    expect(await passkeys()).to.deep.equal([]);
  });

  it('a credential of one account is never another’s, and an account has twenty at most', async () => {
    const { passkeys: all } = world.server.services;
    await givePasskey(world, 'alice');
    const [one] = await all.list(sub);
    expect(await all.add(world.person('bob').account.sub, one!)).to.equal('in-use');
    await all.remove(sub, one!.id);
    expect(await all.add(world.person('bob').account.sub, one!)).to.equal('in-use');
    for (let n = 0; n < 20; n++) await all.add(sub, { ...one!, id: `id-${n}` });
    expect(await all.add(sub, { ...one!, id: 'id-20' })).to.equal('full');
    expect(await all.list(sub)).to.have.length(20);
  });

  it('a challenge to make one is good for ten minutes', async () => {
    const browser = new TestBrowser();
    const page = await begin(browser);
    const options = (await askOptions(browser, page)) as unknown as Parameters<
      SoftwareAuthenticator['create']
    >[0];
    later(601);
    expect((await postPasskey(browser, page, newAuthenticator().createPasskey(options))).status).to.equal(
      400,
    );
  });
});
