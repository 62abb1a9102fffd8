import { expect } from 'chai';
import { count } from '../../src/accounts/known-browsers.ts';
import type { AuditRecord } from '../../src/audit/audit.ts';
import { ACR } from '../../src/session/ladder.ts';
import { later, resetClock } from '../support/clock.ts';
import { givePasskey, usePasskey } from '../support/passkey-steps.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { enterUserCode } from '../support/walk-steps.ts';
import { createWorld, type World } from '../support/walk-world.ts';

const FROM = (address: string) => new TestBrowser({ 'x-forwarded-for': address });

describe('walk: "This wasn’t me"', () => {
  let world: World;
  before(async () => {
    world = await createWorld({ config: { http: { trustedProxies: ['127.0.0.1', '::1'] } } });
  });
  beforeEach(() => world.forgetOpen());
  // The clock goes on from one to the next: who sets a new password leaves a time that what came before stands under.
  afterEach(() => world.forgetReports());
  after(async () => {
    resetClock();
    await world.close();
  });

  const device = () => world.person('alice').device!;
  const ask = (browser: TestBrowser) =>
    world.walk(browser, world.authorize({ prompt: 'login' }), { until: 'push' });
  /** How many requests a new one brings onto the device. */
  async function reaches(browser: TestBrowser): Promise<boolean> {
    await world.forgetOpen();
    await ask(browser);
    return (await device().waiting()).length > 0;
  }
  async function events(): Promise<readonly AuditRecord[]> {
    const { audit } = world.server.services;
    await audit.flush();
    const page = await audit.read({ account: world.person('alice').account.sub }, { limit: 1000 });
    return page.events.map(({ event }) => event);
  }

  it('R11: no unknown browser reaches the device, from anywhere and for as long as nobody proves themselves; a known one does', async () => {
    const known = FROM('192.0.2.1');
    await world.signIn(known);
    const thief = FROM('203.0.113.7');
    await ask(thief);
    await device().report();
    expect(await reaches(thief), 'the browser').to.equal(false);
    expect(await reaches(FROM('198.51.100.1')), 'another one elsewhere').to.equal(false);
    later(40 * 24 * 3600);
    expect(await reaches(FROM('198.51.100.1')), 'forty days later').to.equal(false);
    expect(await reaches(known), 'the owner’s own').to.equal(true);
  });

  it('a sign-in approved in a known browser opens the door, but not to who was reported: browser, address, network', async () => {
    const known = FROM('192.0.2.1');
    await world.signIn(known);
    const thief = FROM('203.0.113.7');
    await ask(thief);
    await device().report();
    await world.forgetOpen();
    const { page } = await ask(known);
    await world.walk(known, await world.approve(known, page, 'alice'), { max: 0 });
    expect(await reaches(FROM('198.51.100.1'))).to.equal(true);
    for (const blocked of [thief, FROM('203.0.113.7'), FROM('203.0.113.200')])
      expect(await reaches(blocked)).to.equal(false);
    later(24 * 3600 + 60);
    expect(await reaches(thief), 'a day later').to.equal(true);
  });

  it('a passkey opens the door, in whatever browser, and its owner is asked for a new password', async () => {
    const passkey = await givePasskey(world, 'alice');
    await ask(FROM('203.0.113.7'));
    await device().report();
    expect(await reaches(FROM('198.51.100.1'))).to.equal(false);
    const browser = FROM('192.0.2.9');
    const page = await world.open(browser, world.authorize().url);
    const after = await usePasskey(browser, page, passkey);
    expect(world.promptOf(after)).to.equal('new-password');
    expect(await reaches(FROM('198.51.100.1'))).to.equal(true);
  });

  it('the device opens the door again, and so does an admin; what strangers have used up of the caps is given back', async () => {
    await ask(FROM('203.0.113.7'));
    await device().report();
    expect((await device().client.status()).account)
      .to.have.property('reported_at')
      .that.is.a('number');
    await device().client.resume();
    expect((await device().client.status()).account).not.to.have.property('reported_at');
    expect(await reaches(FROM('198.51.100.1'))).to.equal(true);
    expect(await reaches(FROM('203.0.113.7')), 'where its owner may be, too').to.equal(true);
    await device().report();
    await world.server.services.guard.lift(world.person('alice').account.sub, 'admin');
    expect(await reaches(FROM('203.0.113.7'))).to.equal(true);
    expect((await events()).filter(({ type }) => type === 'account.resumed')).to.have.length(1);
  });

  it('a known browser that is reported is known no more, and blocked', async () => {
    const stolen = FROM('203.0.113.7');
    await world.signIn(stolen);
    await ask(stolen);
    await device().report();
    await device().client.resume();
    expect(await reaches(stolen)).to.equal(false);
    expect((await device().client.status()).account).not.to.have.property('reported_at');
    const { guard } = world.server.services;
    const { sub } = world.person('alice').account;
    expect(await guard.lift(sub, 'admin'), 'the block was there to be lifted').to.equal(true);
    expect(await reaches(stolen)).to.equal(true);
    expect(await guard.lift(sub, 'admin')).to.equal(false);
  });

  it('what another browser has open stays open: the answer to one never touches the other', async () => {
    const thief = FROM('203.0.113.7');
    await ask(thief);
    const mine = FROM('198.51.100.1');
    const { page } = await ask(mine);
    const [newest, oldest] = await device().waiting();
    expect(newest!.context.address).to.equal('198.51.100.1');
    await device().client.answer(oldest!, 'report');
    expect((await device().waiting()).map(({ id }) => id)).to.deep.equal([newest!.id]);
    await device().approve(world.number(page));
    expect((await world.walk(mine, await world.post(mine, page, 'continue'))).code).to.be.a('string');
  });

  it('is written down once with who asked and how long they are blocked, and again without harm', async () => {
    await ask(FROM('203.0.113.7'));
    const challenge = await device().newest();
    await device().client.answer(challenge, 'report');
    const code = await device()
      .client.answer(challenge, 'report')
      .catch((error: { code: string }) => error.code);
    expect(code).to.equal('challenge_decided');
    const [event] = (await events()).filter(({ type }) => type === 'account.reported').slice(-1);
    expect(event).to.include({ address: '203.0.113.7', client: 'app', known: false, sessions: 0 });
    // What follows from a report failed half-way, and the device sent it again.
    const { guard, accounts } = world.server.services;
    const { sub } = world.person('alice').account;
    await guard.lift(sub, 'admin');
    await device()
      .client.answer(challenge, 'report')
      .catch(() => {});
    expect(await guard.standing(sub)).to.have.property('reportedAt');
    expect((await accounts.get(sub))!.passwordKnownSince).to.be.a('number');
    expect((event as { blockedUntil: number }).blockedUntil - Date.now() / 1000).to.be.within(86_300, 86_500);
  });

  it('of a device code it turns on the device that waits: who typed the code in a browser of theirs keeps that, and its address', async () => {
    const home = '192.0.2.1';
    const known = FROM(home);
    await world.signIn(known);
    const body = { client_id: 'tv', scope: 'openid' };
    const started = await world.postForm('/device_authorization', body, 'tv', {
      'x-forwarded-for': '203.0.113.7',
    });
    const page = await enterUserCode(world, known, String(started['user_code']));
    await world.post(known, page, 'send');
    expect((await device().newest()).context).to.include({ purpose: 'device-code', address: '203.0.113.7' });
    await device().report();
    expect(await reaches(known)).to.equal(true);
    await world.server.services.guard.lift(world.person('alice').account.sub, 'proof');
    expect(await reaches(FROM(home)), 'another browser at home').to.equal(true);
    expect(await reaches(FROM('203.0.113.8')), 'next to the device').to.equal(false);
  });

  describe('the password has to be another', () => {
    const { pwd } = ACR;
    /** Reported by the owner, who then lets browsers ask again. */
    async function reportedAndResumed(): Promise<void> {
      await ask(FROM('203.0.113.7'));
      await device().report();
      await device().client.resume();
      await world.forgetOpen();
    }

    it('at the next sign-in that the device approves, before the app gets its code; the device has shown it', async () => {
      await reportedAndResumed();
      const old = world.person('alice').password;
      const browser = FROM('198.51.100.1');
      const request = world.authorize();
      const waiting = await world.walk(browser, request, { until: 'push' });
      const sentence = 'Your password was reported as stolen: whoever is let in now sets a new one.';
      expect((await device().newest()).context.unusual).to.include(sentence);
      const stopped = await world.walk(browser, waiting.page, { until: 'new-password' });
      expect([stopped.prompts, stopped.code]).to.deep.equal(['push>new-password', undefined]);

      for (const [password, again, problem] of [
        [old, old, 'the password somebody else knows'],
        ['short', 'short', 'Use at least'],
        ['one new password here', 'another new password here', 'not the same'],
      ] as const) {
        const fields = { password, password_again: again };
        const page = await world.post(browser, stopped.page, 'new-password', fields);
        expect([page.status, world.promptOf(page)]).to.deep.equal([400, 'new-password']);
        expect(page.text).to.include(problem);
      }
      const { code } = await world.walk(browser, stopped.page);
      expect((await world.redeem(request, code!)).status).to.equal(200);
      expect((await world.signIn(FROM('198.51.100.1'))).prompts).to.equal('login>push');
      const thief = FROM('198.51.100.2');
      const login = await world.open(thief, world.authorize().url);
      const tried = await thief.submit(login, 'login-form', { username: 'alice', password: old });
      expect(tried.status).to.equal(401);
    });

    it('cannot be put off by giving up, by another request or by prompt=none', async () => {
      await reportedAndResumed();
      const browser = FROM('198.51.100.1');
      const { page } = await world.walk(browser, world.authorize(), { until: 'new-password' });
      expect((await world.walk(browser, await world.post(browser, page, 'cancel'))).error).to.equal(
        'access_denied',
      );
      const again = await world.walk(browser, world.authorize({}, 'app2'), { until: 'new-password' });
      expect([again.prompts, again.code]).to.deep.equal(['new-password', undefined]);
      expect((await world.walk(browser, world.authorize({ prompt: 'none' }))).error).to.equal(
        'interaction_required',
      );
      expect((await world.walk(browser, again.page)).code).to.be.a('string');
    });

    it('and of whom it was asked once it is asked still when another sign-in is reported', async () => {
      await reportedAndResumed();
      const browser = FROM('198.51.100.1');
      await world.walk(browser, world.authorize(), { until: 'new-password' });
      later(5);
      await reportedAndResumed();
      const again = await world.walk(browser, world.authorize(), { until: 'new-password' });
      expect([again.prompts, again.code]).to.deep.equal(['new-password', undefined]);
    });

    it('and alone opens nothing any more, where an app is content with it: neither anew nor by an old sign-in', async () => {
      const before = FROM('198.51.100.9');
      expect((await world.signIn(before, { acr_values: pwd }, 'lax')).claims.acr).to.equal(pwd);
      await reportedAndResumed();
      const anew = await world.walk(FROM('198.51.100.1'), world.authorize({}, 'lax'), { until: 'push' });
      expect(anew.prompts).to.equal('login>push');
      expect(anew.page.text, 'a device was asked at once').to.include('data-number');
      const old = await world.walk(before, world.authorize({}, 'lax'), { until: 'push' });
      expect([old.prompts, old.code]).to.deep.equal(['push', undefined]);
    });

    it('ends what the old password opened: neither its sessions nor their tokens are good again once there is a new one', async () => {
      const thief = FROM('203.0.113.7');
      const opened = await world.signIn(thief, { scope: 'openid offline_access', prompt: 'consent' }, 'lax');
      expect([opened.claims.acr, opened.tokens.refresh_token]).to.include(pwd).and.not.include(undefined);
      later(2);
      await reportedAndResumed();
      const mine = FROM('198.51.100.1');
      const { tokens } = await world.signIn(mine);
      const again = await world.walk(thief, world.authorize({}, 'lax'), { until: 'login' });
      expect([again.prompts, again.code]).to.deep.equal(['login', undefined]);
      expect((await world.refresh(opened.tokens.refresh_token!, 'lax')).status).to.equal(400);
      expect((await world.walk(mine, world.authorize({}, 'app2'))).prompts, 'who set it stays').to.equal('-');
      expect(await world.active(tokens.access_token!)).to.equal(true);
    });

    it('leaves no other browser known, and whoever was signed in before is not held up', async () => {
      const [before, other] = [FROM('198.51.100.9'), FROM('198.51.100.8')];
      await world.signIn(before);
      await world.signIn(other);
      later(2);
      await reportedAndResumed();
      expect((await world.walk(before, world.authorize())).code).to.be.a('string');
      await world.signIn(FROM('198.51.100.1'));
      const { store } = world.server.services;
      expect(await count(store, world.person('alice').account.sub)).to.equal(1);
    });

    it('R24: is asked of nobody who has not been approved since: the page is not there in the middle of a sign-in', async () => {
      await reportedAndResumed();
      const browser = FROM('198.51.100.1');
      const { page } = await world.walk(browser, world.authorize(), { until: 'push' });
      const hash = async () =>
        (await world.server.services.accounts.get(world.person('alice').account.sub))!.passwordHash;
      const was = await hash();
      const fields = { password: 'the password of a thief', password_again: 'the password of a thief' };
      const posted = await world.post(browser, page, 'new-password', fields);
      expect(world.promptOf(posted)).to.equal('push');
      expect(await hash()).to.equal(was);
    });

    it('a report of a step-up or of a change ends every session: whoever asks for one is inside', async () => {
      const inside = FROM('198.51.100.9');
      await world.signIn(inside, {}, 'lax');
      const { page } = await world.walk(inside, world.authorize(), { until: 'push' });
      await world.post(inside, page, 'send');
      expect((await device().newest()).context.purpose).to.equal('step-up');
      later(2);
      await device().report();
      expect(world.promptOf(await world.open(inside, world.authorize().url))).to.equal('login');
    });
  });

  it('signs out everywhere where policy says so, and blocks for as long as it says', async () => {
    const strict = await createWorld({
      config: {
        http: { trustedProxies: ['127.0.0.1', '::1'] },
        limits: { report: { signOut: true, block: '10min' } },
      },
    });
    try {
      const mine = FROM('192.0.2.1');
      const { tokens } = await strict.signIn(mine);
      later(2);
      const asks = { until: 'push' };
      await strict.walk(FROM('203.0.113.7'), strict.authorize(), asks);
      const phone = strict.person('alice').device!;
      await phone.report();
      expect(await strict.active(tokens.access_token!)).to.equal(false);
      expect(strict.promptOf(await strict.open(mine, strict.authorize().url))).to.equal('login');
      later(2);
      // The owner's browser is known still, and what it proves opens the door.
      expect((await strict.walk(mine, strict.authorize())).code).to.be.a('string');
      const reaches = async () => {
        await strict.forgetOpen();
        await strict.walk(FROM('203.0.113.7'), strict.authorize(), asks);
        return (await phone.waiting()).length > 0;
      };
      expect(await reaches()).to.equal(false);
      later(601);
      expect(await reaches()).to.equal(true);
    } finally {
      await strict.close();
    }
  });
});
