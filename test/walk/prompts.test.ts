import { expect } from 'chai';
import { ACR } from '../../src/session/ladder.ts';
import { later, resetClock } from '../support/clock.ts';
import { TestBrowser, type TestPage } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

describe('walk: what an app may ask for', () => {
  let world: World;
  before(async () => {
    world = await createWorld();
  });
  afterEach(resetClock);
  after(() => world.close());

  const seconds = () => Math.floor(Date.now() / 1000);
  const signedIn = async (client = 'app') => {
    const browser = new TestBrowser();
    return { browser, first: await world.signIn(browser, {}, client) };
  };

  describe('prompt', () => {
    it('login proves everything again, and auth_time says so', async () => {
      const { browser } = await signedIn();
      later(5);
      const again = await world.signIn(browser, { prompt: 'login' });
      expect(again.prompts).to.equal('login>push');
      expect(seconds() - Number(again.claims['auth_time'])).to.be.lessThan(3);
    });

    it('consent asks again, and login consent asks both', async () => {
      const { browser } = await signedIn();
      expect((await world.signIn(browser, { prompt: 'consent' })).prompts).to.equal('consent');
      expect((await world.signIn(browser, { prompt: 'login consent' })).prompts).to.equal(
        'login>push>consent',
      );
    });

    it('R31: none ends in the standard errors and never skips the push', async () => {
      expect((await world.signIn(new TestBrowser(), { prompt: 'none' })).error).to.equal('login_required');
      const lax = new TestBrowser();
      await world.signIn(lax, {}, 'lax');
      expect((await world.signIn(lax, { prompt: 'none' })).error).to.equal('interaction_required');
      const { browser } = await signedIn();
      expect((await world.signIn(browser, { prompt: 'none' })).code).to.be.a('string');
      await world.signIn(new TestBrowser(), {}, 'app2', { name: 'bob' });
      const bob = new TestBrowser();
      await world.signIn(bob, {}, 'app', { name: 'bob' });
      expect((await world.signIn(bob, { prompt: 'none', scope: 'openid profile' }, 'app2')).error).to.equal(
        'consent_required',
      );
    });
  });

  it('R48: max_age', async () => {
    const { browser } = await signedIn();
    later(1);
    expect((await world.signIn(browser, { max_age: '0' })).prompts).to.equal('login>push');
    later(10);
    expect((await world.signIn(browser, { max_age: '5' })).prompts).to.equal('login>push');
    expect((await world.signIn(browser, { max_age: '100' })).prompts).to.equal('-');
  });

  it('counts max_age over the time somebody reads the consent page', async () => {
    const { browser } = await signedIn('app2');
    later(90);
    const request = world.authorize({ max_age: '100', scope: 'openid email' }, 'app2');
    const { page } = await world.walk(browser, request, { until: 'consent' });
    expect(world.promptOf(page)).to.equal('consent');
    later(60);
    expect(world.promptOf(await world.post(browser, page, 'consent'))).to.equal('login');
  });

  describe('acr_values', () => {
    it('ignores values nobody knows and reports the asked one that is met', async () => {
      const { browser } = await signedIn();
      const unknown = await world.signIn(browser, { acr_values: 'urn:nobody' });
      expect([unknown.prompts, unknown.claims['acr']]).to.deep.equal(['-', ACR.push]);
      const mixed = await world.signIn(browser, { acr_values: `urn:nobody ${ACR.pwd}` });
      expect([mixed.prompts, mixed.claims['acr']]).to.deep.equal(['-', ACR.pwd]);
      const ladder = await world.signIn(browser, { acr_values: `${ACR.push} phr` });
      expect([ladder.prompts, ladder.claims['acr']]).to.deep.equal(['-', ACR.push]);
    });

    it('never lowers the floor of a client', async () => {
      const fresh = await world.signIn(new TestBrowser(), { acr_values: ACR.pwd });
      expect(fresh.prompts).to.match(/^login>push/);
    });
  });

  describe('R48: an essential acr', () => {
    const essential = (acr: object) => ({
      claims: JSON.stringify({ id_token: { acr: { essential: true, ...acr } } }),
    });

    it('that is known is met', async () => {
      const met = await world.signIn(new TestBrowser(), essential({ values: [ACR.push] }));
      expect([met.prompts.startsWith('login>push'), met.claims['acr']]).to.deep.equal([true, ACR.push]);
    });

    it('that nobody knows ends at once, also for prompt=none and in a fresh browser', async () => {
      for (const more of [{}, { prompt: 'none' }]) {
        const ended = await world.signIn(new TestBrowser(), { ...essential({ value: 'urn:x' }), ...more });
        expect([ended.prompts, ended.error]).to.deep.equal(['-', 'unmet_authentication_requirements']);
      }
    });

    /** The person reads that a passkey is needed, has none, and goes back. */
    const goBack = async (browser: TestBrowser, page: TestPage) =>
      world.walk(browser, await world.post(browser, page, 'unmet'));

    it('that this person cannot reach ends after the password, without a push', async () => {
      const stranger = new TestBrowser();
      const asked = await world.signIn(stranger, essential({ values: ['phr'] }));
      expect([asked.prompts, asked.error]).to.deep.equal(['login', undefined]);
      expect((await goBack(stranger, asked.page)).error).to.equal('unmet_authentication_requirements');
      expect(await world.person('alice').device!.waiting()).to.have.length(0);
      const { browser } = await signedIn();
      const stepUp = await world.signIn(browser, essential({ values: ['phr'] }));
      expect((await goBack(browser, stepUp.page)).error).to.equal('unmet_authentication_requirements');
    });

    it('is not erased by acr_values beside it', async () => {
      const { browser } = await signedIn();
      const both = await world.signIn(browser, { ...essential({ values: ['phr'] }), acr_values: ACR.pwd });
      expect((await goBack(browser, both.page)).error).to.equal('unmet_authentication_requirements');
    });

    it('of a wrong type is invalid_request, never a 500', async () => {
      for (const acr of [{ values: 'phr' }, { values: null }, { value: 7 }]) {
        const { page, error } = await world.walk(new TestBrowser(), world.authorize(essential(acr)), {
          until: 'login',
        });
        expect(error ?? page.text).to.match(/invalid_request/);
        expect(page.status).to.be.lessThan(500);
      }
    });
  });

  describe('climbing from a password', () => {
    it('asks only for what is missing, sends only by a click, and keeps auth_time (R61)', async () => {
      const { browser, first } = await signedIn('lax');
      expect(first.prompts).not.to.include('push');
      expect([first.claims['acr'], first.claims['amr']]).to.deep.equal([ACR.pwd, ['pwd']]);
      later(5);
      const request = world.authorize();
      const { page } = await world.walk(browser, request, { until: 'push' });
      expect(page.text).not.to.include('data-number');
      expect(await world.person('alice').device!.waiting()).to.have.length(0);
      const walked = await world.walk(browser, page);
      const tokens = await world.redeem(request, walked.code!);
      const { decodeJwt } = await import('jose');
      const claims = decodeJwt(tokens.id_token!);
      expect([claims['acr'], claims['auth_time']]).to.deep.equal([ACR.push, first.claims['auth_time']]);
    });

    it('lets a push session into a password client, and prompt=login there asks the password alone', async () => {
      const { browser } = await signedIn();
      const lax = await world.signIn(browser, { prompt: 'login' }, 'lax');
      expect(lax.prompts).to.match(/^login/);
      expect(lax.claims['acr']).to.equal(ACR.pwd);
      const { page } = await world.walk(browser, world.authorize(), { until: 'push' });
      expect(world.promptOf(page)).to.equal('push');
    });
  });
});
