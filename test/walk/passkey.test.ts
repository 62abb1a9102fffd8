import { expect } from 'chai';
import { ACR } from '../../src/session/ladder.ts';
import { keys } from '../../src/store/keys.ts';
import { bare } from '../support/bare-page.ts';
import { later, resetClock } from '../support/clock.ts';
import { askOptions, givePasskey, passkeyPage, postPasskey, usePasskey } from '../support/passkey-steps.ts';
import { SoftwareAuthenticator } from '../support/software-authenticator.ts';
import { TestBrowser, type TestPage } from '../support/test-browser.ts';
import { enterUserCode, startDevice } from '../support/walk-steps.ts';
import { createWorld, type World } from '../support/walk-world.ts';

describe('walk: signing in with a passkey', () => {
  let world: World;
  let alices: SoftwareAuthenticator;
  let bobs: SoftwareAuthenticator;
  const phr = { acr_values: 'phr' };
  before(async () => {
    world = await createWorld({
      clients: [
        {
          clientId: 'floor-phr',
          name: 'App floor-phr',
          secret: 'a-secret-that-is-long-enough-for-a-test-client',
          redirectUris: ['https://app.example/cb'],
          floor: 'phr',
          idTokenSignedResponseAlg: 'ES256',
        },
      ],
    });
    alices = await givePasskey(world, 'alice');
    bobs = await givePasskey(world, 'bob');
  });
  beforeEach(() => world.forgetOpen());
  afterEach(resetClock);
  after(() => world.close());

  const login = (browser: TestBrowser, parameters = {}, clientId = 'app') =>
    world.open(browser, world.authorize(parameters, clientId).url);
  const pushes = async () => (await world.person('alice').device!.waiting()).length;
  const isPasskeyPage = (page: TestPage) => page.forms.some(({ id }) => id === 'passkey-form');
  async function refusals(): Promise<string[]> {
    await world.server.services.audit.flush();
    const { events } = await world.server.services.audit.read({ category: 'attempt' }, { limit: 1000 });
    return events.flatMap(({ event }) => (event.type === 'passkey.refused' ? event.reason : []));
  }

  it('R47: by itself, without a name or a password: acr phr, amr swk user mfa, and no push', async () => {
    const browser = new TestBrowser();
    const request = world.authorize();
    const page = await world.open(browser, request.url);
    expect(page.text).to.include('autocomplete="username webauthn"');
    const options = await askOptions(browser, page);
    expect(options).to.include({ rpId: 'localhost', userVerification: 'required' });
    expect(options.allowCredentials).to.deep.equal([]);
    const walked = await world.walk(browser, await usePasskey(browser, page, alices));
    expect(walked.prompts).to.equal('consent');
    const { decodeJwt } = await import('jose');
    const claims = decodeJwt((await world.redeem(request, walked.code!)).id_token!);
    expect(claims.sub).to.equal(world.person('alice').account.sub);
    expect([claims['acr'], claims['amr']]).to.deep.equal(['phr', ['swk', 'user', 'mfa']]);
    expect(claims['auth_time']).to.be.closeTo(Date.now() / 1000, 30);
    expect(await pushes()).to.equal(0);
  });

  it('after the password instead of the phone, on the waiting page of every browser; the request to the phone ends', async () => {
    const browser = new TestBrowser();
    const request = world.authorize();
    const { page } = await world.walk(browser, request, { until: 'push' });
    expect(await pushes()).to.equal(1);
    expect(page.text).to.include('Use a passkey');
    const walked = await world.walk(
      browser,
      await usePasskey(browser, await passkeyPage(browser, page), alices),
    );
    expect(await pushes()).to.equal(0);
    const { decodeJwt } = await import('jose');
    const claims = decodeJwt((await world.redeem(request, walked.code!)).id_token!);
    expect([claims['acr'], claims['amr']]).to.deep.equal(['phr', ['pwd', 'swk', 'user', 'mfa']]);
  });

  it('R10: is a success: what this sign-in was counted as, of pushes and of accounts asked for from there, is given back', async () => {
    const { sub } = world.person('bob').account;
    const counted = async () => {
      const windowMs = 3_600_000;
      const of = [keys.limit('push-0', sub), keys.limit('spray-address', '127.0.0.1')];
      return Promise.all(of.map(async (key) => (await world.store.count(key, { windowMs, by: 0 })).count));
    };
    const before = await counted();
    const browser = new TestBrowser();
    const { page } = await world.walk(browser, world.authorize(), { until: 'push', name: 'bob' });
    expect(await counted()).to.deep.equal(before.map((count) => count + 1));
    const walked = await world.walk(
      browser,
      await usePasskey(browser, await passkeyPage(browser, page), bobs),
    );
    expect(walked.code).to.be.a('string');
    expect(await counted()).to.deep.equal([0, before[1]]);
  });

  it('R47: after the password a key that verifies nobody is enough, and the tokens do not say `user`; alone it is not', async () => {
    const browser = new TestBrowser();
    const request = world.authorize();
    const { page } = await world.walk(browser, request, { until: 'push' });
    const asked = await passkeyPage(browser, page);
    expect((await askOptions(browser, asked)).userVerification).to.equal('preferred');
    const walked = await world.walk(
      browser,
      await usePasskey(browser, asked, alices, { userVerified: false }),
    );
    const { decodeJwt } = await import('jose');
    const claims = decodeJwt((await world.redeem(request, walked.code!)).id_token!);
    expect([claims['acr'], claims['amr']]).to.deep.equal(['phr', ['pwd', 'swk', 'mfa']]);

    // A password that somebody else was reported to have is none of its owner's factors.
    const reported = new TestBrowser();
    const { page: late } = await world.walk(reported, world.authorize(), { until: 'push' });
    await world.person('alice').device!.report();
    const asks = await passkeyPage(reported, late);
    expect((await askOptions(reported, asks)).userVerification).to.equal('required');
    expect((await usePasskey(reported, asks, alices, { userVerified: false })).status).to.equal(401);
    await world.forgetReports();

    const alone = new TestBrowser();
    const refused = await usePasskey(alone, await login(alone), alices, { userVerified: false });
    expect(refused.status).to.equal(401);
    expect((await refusals()).at(-1)).to.equal('user');
    // Stepping up in a session is without a password, too.
    const session = new TestBrowser();
    await world.signIn(session, {}, 'lax', { name: 'alice' });
    const up = await login(session, phr);
    const again = await usePasskey(session, up, alices, { userVerified: false });
    expect([again.status, (await refusals()).at(-1)]).to.deep.equal([401, 'user']);
  });

  it('R59: a session of the password alone does not tell an unknown browser whether there is a passkey, nor which', async () => {
    const pages: string[] = [];
    for (const name of ['alice', 'carol'] as const) {
      const browser = new TestBrowser();
      await world.signIn(browser, {}, 'lax', { name });
      const page = await login(browser, phr, 'lax');
      expect((await askOptions(browser, page)).allowCredentials, name).to.deep.equal([]);
      pages.push(bare(page).replaceAll(name, 'somebody'));
    }
    expect(pages[1]).to.equal(pages[0]);
    // One with more behind it is told.
    const browser = new TestBrowser();
    await world.signIn(browser, {}, 'app', { name: 'alice' });
    const page = await login(browser, phr);
    expect((await askOptions(browser, page)).allowCredentials).to.have.length(1);
  });

  it('what does not verify is one answer to the byte, whatever it was, and the log has the reason', async () => {
    const before = (await refusals()).length;
    const stranger = new SoftwareAuthenticator(new URL(world.issuer).origin);
    stranger.userHandle = 'AAAA';
    const odd: [string, SoftwareAuthenticator, Parameters<SoftwareAuthenticator['getPasskey']>[1]][] = [
      ['unknown', stranger, {}],
      ['origin', alices, { origin: 'https://evil.example' }],
      ['origin', alices, { crossOrigin: true }],
      ['origin', alices, { topOrigin: 'https://evil.example' }],
      ['assertion', alices, { rpId: 'evil.example' }],
      ['assertion', alices, { otherKey: true }],
      ['assertion', alices, { type: 'webauthn.create' }],
      ['assertion', alices, { userPresent: false }],
      [
        'assertion',
        alices,
        { userHandle: await world.server.services.passkeys.handle(world.person('bob').account.sub) },
      ],
      ['assertion', alices, { backupEligible: true }],
      ['challenge', alices, { challenge: Buffer.alloc(32).toString('base64url') }],
      ['user', alices, { userVerified: false }],
      ['counter', alices, { counter: 0 }],
    ];
    const bodies = new Set<string>();
    for (const [reason, authenticator, how] of odd) {
      const browser = new TestBrowser();
      const page = await login(browser);
      const refused = await usePasskey(browser, page, authenticator, how);
      expect(refused.status, reason).to.equal(401);
      bodies.add(bare(refused));
    }
    await world.server.services.accounts.setDisabled(world.person('bob').account.sub, true);
    const browser = new TestBrowser();
    const disabled = await usePasskey(browser, await login(browser), bobs);
    await world.server.services.accounts.setDisabled(world.person('bob').account.sub, false);
    expect(disabled.status).to.equal(401);
    bodies.add(bare(disabled));
    expect(bodies.size).to.equal(1);
    expect((await refusals()).slice(before)).to.deep.equal([...odd.map(([reason]) => reason), 'account']);
  });

  it('R17 R30: a challenge is good once, in its own chain and its own browser', async () => {
    const browser = new TestBrowser();
    const page = await login(browser);
    const options = await askOptions(browser, page);
    const other = new TestBrowser();
    const elsewhere = await login(other);
    expect((await postPasskey(other, elsewhere, alices.getPasskey(options))).status).to.equal(401);
    const used = alices.getPasskey(options);
    expect((await postPasskey(browser, page, used)).status).to.equal(200);
    const again = await login(browser, { prompt: 'login' });
    expect((await postPasskey(browser, again, used)).status).to.equal(401);
    expect((await refusals()).slice(-2)).to.deep.equal(['challenge', 'challenge']);

    const old = await askOptions(browser, again);
    later(601);
    expect((await postPasskey(browser, again, alices.getPasskey(old))).status).to.equal(401);
  });

  it('one assertion posted twenty times at once signs in once', async () => {
    const browser = new TestBrowser();
    const page = await login(browser);
    const used = alices.getPasskey(await askOptions(browser, page));
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => postPasskey(browser.clone(), page, used)),
    );
    expect(answers.filter(({ status }) => status === 200)).to.have.length(1);
  });

  it('R55: a user code is approved by nobody who was not asked after the password: no passkey by itself', async () => {
    const browser = new TestBrowser();
    const device = await startDevice(world);
    const page = await enterUserCode(world, browser, device.user_code);
    const interaction = /^(.*\/interaction\/[^/?]+)/.exec(page.url)![1]!;
    const refused = await browser.request(`${interaction}/passkey/options`, { form: {} });
    expect([refused.status, JSON.parse(refused.text)]).to.deep.equal([409, { error: 'other_step' }]);
  });

  it('where nobody was named, the authenticator has to name the account', async () => {
    const browser = new TestBrowser();
    const page = await login(browser);
    const used = alices.getPasskey(await askOptions(browser, page));
    const { userHandle: _, ...response } = used.response as { userHandle?: string };
    expect((await postPasskey(browser, page, { ...used, response })).status).to.equal(401);
    expect((await refusals()).at(-1)).to.equal('account');
  });

  it('another person’s passkey is none after a password, and none in a session', async () => {
    const browser = new TestBrowser();
    const { page } = await world.walk(browser, world.authorize(), { until: 'push' });
    const asked = await passkeyPage(browser, page);
    expect((await usePasskey(browser, asked, bobs)).status).to.equal(401);
    expect((await refusals()).at(-1)).to.equal('account');
    const session = new TestBrowser();
    await world.signIn(session, {}, 'app');
    const refused = await usePasskey(session, await login(session, phr), bobs);
    expect([refused.status, (await refusals()).at(-1)]).to.deep.equal([401, 'account']);
  });

  it('R62: a hint for one person never gives a code for another, by a passkey either', async () => {
    const hint = (await world.signIn(new TestBrowser())).tokens.id_token!;
    const browser = new TestBrowser();
    const page = await login(browser, { id_token_hint: hint });
    const refused = await usePasskey(browser, page, bobs);
    expect([refused.status, refused.title]).to.deep.equal([
      403,
      'Another account is asked for · Countersign',
    ]);
  });

  it('F21 R31: without the browser’s own cookie, or at another prompt, nothing is taken', async () => {
    const browser = new TestBrowser();
    const page = await login(browser, { prompt: 'consent' });
    const used = alices.getPasskey(await askOptions(browser, page));
    const planted = browser.clone();
    planted.dropCookie('browser');
    const refused = await postPasskey(planted, page, used);
    expect(refused.next).not.to.match(/code=/);
    expect(planted.cookie('_session')).to.equal(undefined);
    const done = await world.walk(browser, await usePasskey(browser, page, alices), { until: 'consent' });
    const late = await browser.request(`${done.page.url}/passkey`, { form: { credential: '{}' } });
    expect([late.status, late.next]).to.deep.equal([303, done.page.url]);
  });

  it('a browser that used a passkey gets its page first, and no push goes out until it is asked for', async () => {
    const browser = new TestBrowser();
    await world.walk(browser, await usePasskey(browser, await login(browser), alices));
    const { page } = await world.walk(browser, world.authorize({ prompt: 'login' }), {
      until: 'push',
      max: 2,
    });
    expect(isPasskeyPage(page)).to.equal(true);
    expect(await pushes()).to.equal(0);
    expect((await askOptions(browser, page)).allowCredentials).to.have.length(1);
    const waiting = await world.post(browser, page, 'send');
    expect(await pushes()).to.equal(1);
    await world.person('alice').device!.approve(world.number(waiting));
    const through = await world.walk(browser, await world.post(browser, waiting, 'continue'));
    expect(through.code).to.be.a('string');
    // The approval leaves it a browser of a passkey.
    const after = await world.walk(browser, world.authorize({ prompt: 'login' }), { until: 'push', max: 2 });
    expect(isPasskeyPage(after.page)).to.equal(true);
    // Another browser is as ever.
    await world.walk(new TestBrowser(), world.authorize(), { until: 'push' });
    expect(await pushes()).to.equal(1);
  });

  it('R59: an unknown browser is told no credential ids after the password, but where there is no other way', async () => {
    const key = await givePasskey(world, 'carol', { discoverable: false });
    const ask = async (name: 'alice' | 'carol') => {
      const browser = new TestBrowser();
      const { page } = await world.walk(browser, world.authorize(), { until: 'push', name });
      return askOptions(browser, await passkeyPage(browser, page));
    };
    expect((await ask('alice')).allowCredentials).to.deep.equal([]);
    const carols = (await ask('carol')).allowCredentials;
    expect(carols.map(({ id }) => id)).to.deep.equal([key.credentialId]);
    await world.server.services.passkeys.remove(world.person('carol').account.sub, key.credentialId);
  });

  it('R48: an app that needs phr gets no push: not by the password, nor by asking for one at the wire', async () => {
    for (const [parameters, clientId] of [
      [phr, 'app'],
      [{}, 'floor-phr'],
    ] as const) {
      const browser = new TestBrowser();
      const request = world.authorize(parameters, clientId);
      const page = await world.password(browser, await world.open(browser, request.url), 'alice');
      expect(isPasskeyPage(page)).to.equal(true);
      expect(page.forms.some(({ action }) => action.endsWith('/send'))).to.equal(false);
      for (const step of ['send', 'continue']) {
        const refused = await browser.request(`${page.url}/${step}`, { form: {} });
        expect([refused.status, isPasskeyPage(refused)], step).to.deep.equal([403, true]);
      }
      expect(await pushes()).to.equal(0);
      const walked = await world.walk(browser, await usePasskey(browser, page, alices));
      const { decodeJwt } = await import('jose');
      const claims = decodeJwt((await world.redeem(request, walked.code!)).id_token!);
      expect(claims['acr']).to.equal('phr');
    }
  });

  it('R48: only the missing proof is asked for: a session by push steps up by the passkey alone', async () => {
    const browser = new TestBrowser();
    const first = await world.signIn(browser);
    expect(first.claims['acr']).to.equal(ACR.push);
    later(90);
    const request = world.authorize({
      claims: JSON.stringify({ id_token: { acr: { essential: true, value: 'phr' } } }),
    });
    const page = await world.open(browser, request.url);
    expect([world.promptOf(page), isPasskeyPage(page)]).to.deep.equal([undefined, true]);
    const walked = await world.walk(browser, await usePasskey(browser, page, alices));
    expect(walked.prompts).to.equal('-');
    const { decodeJwt } = await import('jose');
    const claims = decodeJwt((await world.redeem(request, walked.code!)).id_token!);
    expect(claims['acr']).to.equal('phr');
    expect(Number(claims['auth_time'])).to.be.greaterThan(Number(first.claims['auth_time']) + 80);
    // And what it proved stands.
    expect((await world.signIn(browser, phr)).prompts).to.equal('-');
    expect((await world.open(browser, world.authorize({ ...phr, max_age: '10' }).url)).next).to.be.a(
      'string',
    );
    later(30);
    expect(world.promptOf(await login(browser, { ...phr, max_age: '10' }))).to.equal('login');
  });

  it('R48: without a passkey the person reads how to get one, and the app hears that it cannot be met', async () => {
    const known = new TestBrowser();
    const { account } = world.person('carol');
    const { enrolDevice } = await import('../support/software-device.ts');
    const device = await enrolDevice(world.server.services, world.issuer, account);
    world.people.set('carol', { ...world.person('carol'), device });
    await world.signIn(known, {}, 'app', { name: 'carol' });
    const missing = await login(known, phr);
    expect(missing.title).to.include('A passkey is needed');
    const left = await world.walk(known, await world.post(known, missing, 'unmet'));
    expect(left.error).to.equal('unmet_authentication_requirements');
    expect((await world.open(known, world.authorize({ ...phr, prompt: 'none' }).url)).next).to.match(
      /error=interaction_required/,
    );
  });

  it('R59: after the password an unknown browser does not see who has a passkey', async () => {
    const pages: string[] = [];
    for (const name of ['alice', 'carol'] as const) {
      const browser = new TestBrowser();
      const page = await world.password(browser, await login(browser, phr), name);
      pages.push(bare(page).replaceAll(name, 'somebody'));
      const { challenge: _, ...options } = await askOptions(browser, page);
      pages.push(JSON.stringify(options));
      const left = await world.walk(browser, await world.post(browser, page, 'unmet'));
      expect(left.error, name).to.equal('unmet_authentication_requirements');
    }
    expect(pages[0]).to.equal(pages[2]);
    expect(pages[1]).to.equal(pages[3]);
  });

  it('R48: a passkey that is not hardware-bound does not reach phrh: nobody is signed in by it', async () => {
    const browser = new TestBrowser();
    const page = await login(browser, { acr_values: 'phrh' });
    const weak = await usePasskey(browser, page, alices);
    expect([weak.status, weak.text.includes('bound to a security key')]).to.deep.equal([403, true]);
    const hard = await givePasskey(world, 'bob', { attested: true });
    const request = world.authorize({ acr_values: 'phrh' });
    const done = await world.walk(
      browser,
      await usePasskey(browser, await world.open(browser, request.url), hard),
    );
    const { decodeJwt } = await import('jose');
    const claims = decodeJwt((await world.redeem(request, done.code!)).id_token!);
    expect([claims['acr'], claims['amr']]).to.deep.equal(['phrh', ['hwk', 'user', 'mfa']]);
  });

  it('R60: an approval credential signs nobody in, and a passkey approves no request', async () => {
    const device = world.person('alice').device!;
    const approval = new SoftwareAuthenticator(new URL(world.issuer).origin);
    await device.client.registerApprovalCredential(async (options) => approval.create(options));
    const browser = new TestBrowser();
    approval.userHandle = await world.server.services.passkeys.handle(world.person('alice').account.sub);
    expect((await usePasskey(browser, await login(browser), approval)).status).to.equal(401);
    expect((await refusals()).at(-1)).to.equal('unknown');

    const { page } = await world.walk(browser, world.authorize(), { until: 'push' });
    const challenge = await device.newest();
    const number = { number: world.number(page) };
    const refused = await device.client
      .answer(challenge, 'approve', number, async (options) => alices.get(options))
      .catch((error: { code: string }) => error.code);
    expect(refused).to.equal('invalid_assertion');
    await device.client.answer(challenge, 'approve', number, async (options) => approval.get(options));
  });

  it('pages of related origins may use them, and of no other; browsers are told of them where there are some', async () => {
    const related = 'https://id.example.net';
    const wellKnown = (from: World) => fetch(`${from.issuer}/.well-known/webauthn`);
    expect((await wellKnown(world)).status).to.equal(404);
    const other = await createWorld({ config: { passkeys: { relatedOrigins: [related] } } });
    try {
      expect(await (await wellKnown(other)).json()).to.deep.equal({ origins: [related] });
      const passkey = await givePasskey(other, 'alice');
      for (const [origin, status] of [
        [`${related}.evil.example`, 401],
        [related, 200],
      ] as const) {
        const browser = new TestBrowser();
        const page = await other.open(browser, other.authorize().url);
        expect((await usePasskey(browser, page, passkey, { origin })).status, origin).to.equal(status);
      }
    } finally {
      await other.close();
    }
  });

  it('a removed passkey, and one of a deleted account, sign nobody in', async () => {
    const { passkeys, accounts } = world.server.services;
    const gone = await givePasskey(world, 'bob');
    const browser = new TestBrowser();
    const page = await login(browser);
    const used = gone.getPasskey(await askOptions(browser, page));
    await passkeys.remove(world.person('bob').account.sub, gone.credentialId);
    expect((await postPasskey(browser, page, used)).status).to.equal(401);
    const carols = await givePasskey(world, 'carol');
    await accounts.remove(world.person('carol').account.sub);
    expect((await usePasskey(browser, await login(browser), carols)).status).to.equal(401);
  });
});
