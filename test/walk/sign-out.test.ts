import { expect } from 'chai';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { DAY, keys, names } from '../../src/store/keys.ts';
import { later, resetClock } from '../support/clock.ts';
import { type LogoutReceiver, startLogoutReceiver } from '../support/logout-receiver.ts';
import { createSlowStore } from '../support/slow-store.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { codeOf, enterUserCode, pollDevice, startDevice, stopBeforeResume } from '../support/walk-steps.ts';
import { APP, CLIENTS, createWorld, type World } from '../support/walk-world.ts';

const ROUNDS = 6;
const OFFLINE = { scope: 'openid offline_access', prompt: 'consent' };

describe('walk: sign-out', () => {
  const slowStore = createSlowStore();
  let world: World;
  let receiver: LogoutReceiver;
  // A world a scenario: signing out everywhere ends what others would go on with.
  beforeEach(async () => {
    receiver = await startLogoutReceiver();
    const bcl = CLIENTS.find(({ clientId }) => clientId === 'bcl')!;
    world = await createWorld({
      wrapStore: slowStore.wrap,
      config: { http: { allowPrivateOutbound: ['127.0.0.0/8', '::1'] } },
      clients: [{ ...bcl, clientId: 'hears', backchannelLogoutUri: receiver.url }],
    });
  });
  afterEach(async () => {
    slowStore.slow = 0;
    resetClock();
    await world.close();
    await receiver.close();
  });

  const alice = () => world.person('alice').account.sub;
  const signOutEverywhere = () => world.server.server.signOutEverywhere(alice());

  const expectSignedOut = async (browser: TestBrowser, what = 'the browser') => {
    const { prompts } = await world.walk(browser, world.authorize(), { until: 'login' });
    expect(prompts, what).to.equal('login');
  };

  /** Signs out once the store has had `calls` more calls from the requests under way, or they are through. */
  const signOutAmid = async (browser: TestBrowser, flight: readonly Promise<unknown>[], calls: number) => {
    await Promise.race([slowStore.afterCalls(calls), Promise.all(flight)]);
    slowStore.slow = 8;
    const page = await world.signOut(browser);
    expect(page.title).to.include('Signed out');
  };

  const expectNothingRedeems = async (
    answers: readonly { next: string | undefined }[],
    requests: readonly never[] | ReturnType<World['authorize']>[],
  ) => {
    slowStore.slow = 0;
    for (const [n, answer] of answers.entries()) {
      const code = codeOf(answer);
      if (code)
        expect((await world.redeem(requests[n]!, code)).error, `answer ${n}`).to.equal('invalid_grant');
    }
  };

  it('R57: ends the browser’s session, its tokens and its codes', async () => {
    const browser = new TestBrowser();
    const { tokens } = await world.signIn(browser);
    const request = world.authorize();
    const { code } = await world.walk(browser, request);
    expect((await world.signOut(browser)).title).to.include('Signed out');
    await expectSignedOut(browser);
    expect(await world.userinfo(tokens.access_token!)).to.equal(401);
    expect(await world.active(tokens.access_token!)).to.equal(false);
    expect((await world.redeem(request, code!)).error).to.equal('invalid_grant');
  });

  it('R57: twenty requests in flight, each in a jar of its own: no code redeems, nobody is in', async () => {
    const browser = new TestBrowser();
    await world.signIn(browser);
    slowStore.slow = 30;
    const requests = Array.from({ length: 20 }, () => world.authorize());
    const flight = requests.map(({ url }) => browser.clone().request(url));
    await signOutAmid(browser, flight, 60);
    await expectNothingRedeems(await Promise.all(flight), requests);
    await expectSignedOut(browser);
  });

  it(`R57: twenty requests in flight in one jar, ${ROUNDS} times at different moments`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const browser = new TestBrowser();
      await world.signIn(browser);
      slowStore.slow = 30;
      const requests = Array.from({ length: 20 }, () => world.authorize());
      const flight = requests.map(({ url }) => browser.request(url));
      await signOutAmid(browser, flight, 10 + 30 * round);
      await expectNothingRedeems(await Promise.all(flight), requests);
      await expectSignedOut(browser, `round ${round}`);
    }
  }).timeout(60_000);

  it(`R57: eight resumes in flight, ${ROUNDS} times: no cookie this browser ever got works again`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const browser = new TestBrowser();
      await world.signIn(browser);
      const requests = Array.from({ length: 8 }, (_, n) =>
        world.authorize({ prompt: 'consent' }, n % 2 ? 'app' : 'app2'),
      );
      const resumes: string[] = [];
      for (const request of requests) {
        const { page } = await world.walk(browser, request, { until: 'consent' });
        resumes.push(await stopBeforeResume(browser, page, 'consent'));
      }
      const from = browser.sessionCookies.length - 2;
      slowStore.slow = 30;
      const flight = resumes.map((url) => browser.request(url));
      await signOutAmid(browser, flight, 10 + 18 * round);
      await expectNothingRedeems(await Promise.all(flight), requests);
      await expectSignedOut(browser, `round ${round}`);
      const given = browser.sessionCookies.slice(from);
      for (let n = 0; n + 1 < given.length; n++) {
        const other = new TestBrowser();
        for (const pair of given.slice(n, n + 2)) {
          const at = pair.indexOf('=');
          if (at + 1 < pair.length) other.setCookie(pair.slice(0, at), pair.slice(at + 1), world.issuer);
        }
        await expectSignedOut(other, `round ${round}, cookie ${n}`);
      }
    }
  }).timeout(60_000);

  it('R57: a step-up that waits in another tab makes no session after the sign-out', async () => {
    const browser = new TestBrowser();
    await world.signIn(browser, {}, 'lax');
    const { page } = await world.walk(browser, world.authorize(), { until: 'push' });
    const waiting = await world.post(browser, page, 'send');
    await world.person('alice').device!.approve(world.number(waiting));
    await world.signOut(browser);
    const after = await world.post(browser, waiting, 'continue');
    expect(codeOf(after)).to.equal(undefined);
    await expectSignedOut(browser);
  });

  it('a whole sign-in that waits in another tab tells its app access_denied after the sign-out', async () => {
    const browser = new TestBrowser();
    await world.signIn(browser);
    const { page } = await world.walk(browser, world.authorize({ prompt: 'login' }), { until: 'push' });
    await world.person('alice').device!.approve(world.number(page));
    const resume = await stopBeforeResume(browser, page, 'continue');
    await world.signOut(browser);
    const ended = await world.walk(browser, await world.open(browser, resume));
    expect(ended).to.include({ error: 'access_denied', state: 'st' });
    await expectSignedOut(browser);
  });

  it('R63: everywhere: sessions, codes, refresh, access and device tokens end at the store', async () => {
    const [here, there] = [new TestBrowser(), new TestBrowser()];
    const offline = await world.signIn(here, OFFLINE);
    const bound = await world.signIn(there);
    const request = world.authorize();
    const { code } = await world.walk(there, request);
    const redeemed = await startDevice(world);
    await world.walk(there, await enterUserCode(world, there, redeemed.user_code));
    const device = await pollDevice(world, redeemed);
    const approved = await startDevice(world);
    await world.walk(there, await enterUserCode(world, there, approved.user_code));
    later(2);
    expect(await signOutEverywhere()).to.equal(2);

    await expectSignedOut(here);
    await expectSignedOut(there);
    expect((await world.redeem(request, code!)).error, 'code').to.equal('invalid_grant');
    for (const token of [bound.tokens, offline.tokens, device]) {
      expect(await world.userinfo(token.access_token!)).to.equal(401);
    }
    expect(await world.active(offline.tokens.access_token!)).to.equal(false);
    expect((await world.refresh(offline.tokens.refresh_token!)).error, 'refresh').to.equal('invalid_grant');
    expect((await world.refresh(device.refresh_token!, 'tv')).error).to.equal('invalid_grant');
    expect((await pollDevice(world, approved)).error, 'approved device code').to.equal('invalid_grant');
    later(2);
    expect((await world.signIn(here)).tokens.status, 'signs in again').to.equal(200);
  });

  it('R63: everywhere, in the very second of the sign-in', async () => {
    const browser = new TestBrowser();
    later((1000 - (Date.now() % 1000)) / 1000);
    await world.signIn(browser);
    await signOutEverywhere();
    await expectSignedOut(browser);
  });

  it('R63: leaves everybody else alone', async () => {
    const browser = new TestBrowser();
    const { tokens } = await world.signIn(browser, {}, 'app', { name: 'bob' });
    await signOutEverywhere();
    expect(await world.userinfo(tokens.access_token!)).to.equal(200);
    expect((await world.signIn(browser)).prompts).to.equal('-');
  });

  it('R63: the app hears of a sign-out, here and everywhere, by a logout token it can verify', async () => {
    const browser = new TestBrowser();
    await world.signIn(browser, {}, 'hears');
    await world.signOut(browser);
    expect(receiver.tokens).to.have.length(1);

    const other = new TestBrowser();
    await world.signIn(other, {}, 'hears');
    later(2);
    await signOutEverywhere();
    expect(receiver.tokens).to.have.length(2);
    const jwks = createRemoteJWKSet(new URL(`${world.issuer}/jwks`));
    for (const token of receiver.tokens) {
      const { payload } = await jwtVerify(token, jwks, {
        issuer: world.issuer,
        audience: 'hears',
        typ: 'logout+jwt',
        currentDate: new Date(Date.now()),
      });
      expect(payload.sub).to.equal(alice());
      expect(payload['sid']).to.be.a('string');
      expect(payload['events']).to.have.property('http://schemas.openid.net/event/backchannel-logout');
      expect(payload).not.to.have.property('nonce');
    }
    expect(await signOutEverywhere(), 'nobody left').to.equal(0);
    expect(receiver.tokens).to.have.length(2);
  });

  for (const answer of [500, 'hang'] as const) {
    it(`signs out here and everywhere though an app answers ${answer}`, async () => {
      receiver.answer = answer;
      const browser = new TestBrowser();
      await world.signIn(browser, {}, 'hears');
      expect((await world.signOut(browser)).title).to.include('Signed out');
      await expectSignedOut(browser);
      await world.signIn(browser, {}, 'hears');
      later(2);
      await signOutEverywhere();
      await expectSignedOut(browser);
      expect(receiver.tokens).to.have.length(2);
    });
  }

  it('signs out of one app only, and goes back to it', async () => {
    const browser = new TestBrowser();
    const other = await world.signIn(browser, {}, 'app2');
    const mine = await world.signIn(browser);
    const query = new URLSearchParams({
      client_id: 'app',
      post_logout_redirect_uri: `${APP}/out`,
      state: 's1',
    });
    const page = await world.open(browser, `${world.issuer}/logout?${query}`);
    const form = page.forms.find(({ id }) => id === 'op.logoutForm')!;
    const answer = await browser.request(form.action, { form: { ...form.fields } });
    expect(answer.next).to.equal(`${APP}/out?state=s1`);
    expect(await world.userinfo(mine.tokens.access_token!)).to.equal(401);
    expect(await world.userinfo(other.tokens.access_token!)).to.equal(200);
    expect((await world.signIn(browser, {}, 'app2')).prompts).to.equal('-');
  });

  it('R37: goes back only to an address the app has named', async () => {
    const browser = new TestBrowser();
    await world.signIn(browser);
    const query = new URLSearchParams({
      client_id: 'app',
      post_logout_redirect_uri: 'https://evil.example/',
    });
    const page = await world.open(browser, `${world.issuer}/logout?${query}`);
    expect(page.status).to.equal(400);
    expect(page.next).to.equal(undefined);
  });

  it('takes a hint whose key no longer signs', async () => {
    const browser = new TestBrowser();
    const { tokens } = await world.signIn(browser);
    await world.server.server.rotateKeys();
    later(25 * 3600);
    await world.server.server.rotateKeys();
    const page = await world.signOut(browser, `?id_token_hint=${tokens.id_token}`);
    expect(page.title).to.include('Signed out');
  });

  it('R57: remembers a sign-out longer than any session, code or refresh family lives', async () => {
    const browser = new TestBrowser();
    await world.signIn(browser);
    const { entries } = await world.store.index.page(names.sessions(alice()), { limit: 10 });
    await world.signOut(browser);
    const ended = await world.store.get(keys.sessionEnded(entries[0]!.member));
    expect(ended!.expiresAt! - Date.now()).to.be.greaterThan(31 * DAY);
  });
});
