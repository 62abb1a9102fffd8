import { expect } from 'chai';
import { later, resetClock } from '../support/clock.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

describe('walk: an app asks for one person', () => {
  let world: World;
  before(async () => {
    world = await createWorld();
  });
  afterEach(resetClock);
  after(() => world.close());

  const signedIn = async (name: 'alice' | 'bob', client = 'app') => {
    const browser = new TestBrowser();
    return { browser, first: await world.signIn(browser, {}, client, { name }) };
  };
  const subClaim = (name: 'alice' | 'bob' | 'carol') => ({
    claims: JSON.stringify({ id_token: { sub: { value: world.person(name).account.sub } } }),
  });
  const subOf = (name: 'alice' | 'bob') => world.person(name).account.sub;

  it('R62: a hint for the one who is signed in changes nothing', async () => {
    const { browser, first } = await signedIn('alice');
    const hint = { id_token_hint: first.tokens.id_token! };
    expect((await world.signIn(browser, hint)).prompts).to.equal('-');
    expect((await world.signIn(browser, { ...hint, prompt: 'none' })).code).to.be.a('string');
  });

  it("R62: a hint for alice on bob's session never gives a code for bob", async () => {
    const { first } = await signedIn('alice');
    const { browser } = await signedIn('bob');
    const hint = { id_token_hint: first.tokens.id_token! };
    expect((await world.signIn(browser, { ...hint, prompt: 'none' })).error).to.equal('login_required');
    const walked = await world.signIn(browser, hint);
    expect(walked.prompts).to.equal('login>push');
    expect(walked.claims.sub).to.equal(subOf('alice'));
  });

  it("R62: bob's own password does not help him past a hint for alice, in his browser or a fresh one", async () => {
    const { first } = await signedIn('alice');
    const hint = { id_token_hint: first.tokens.id_token! };
    const { browser } = await signedIn('bob');
    for (const one of [browser, new TestBrowser()]) {
      const walked = await world.walk(one, world.authorize(hint), { name: 'bob', max: 3 });
      expect(walked.code).to.equal(undefined);
      expect(walked.page.text).to.include('Another account is asked for');
    }
    expect(await world.person('bob').device!.waiting()).to.have.length(0);
  });

  it('R61: the sub claim: another account is refused before any push, and keeps its session', async () => {
    const { browser } = await signedIn('alice');
    const walked = await world.walk(browser, world.authorize(subClaim('bob')), { max: 3 });
    expect(walked.code).to.equal(undefined);
    expect(await world.person('alice').device!.waiting()).to.have.length(0);
    expect((await world.signIn(browser)).prompts).to.equal('-');
    const bob = await world.signIn(browser, subClaim('bob'), 'app', { name: 'bob' });
    expect([bob.prompts.startsWith('login>push'), bob.claims.sub]).to.deep.equal([true, subOf('bob')]);
  });

  it('of a password client: the wrong password neither signs in nor out', async () => {
    const { browser } = await signedIn('alice', 'lax');
    await world.walk(browser, world.authorize(subClaim('carol'), 'lax'), { name: 'bob', max: 1 });
    expect((await world.signIn(browser, {}, 'lax')).prompts).to.equal('-');
  });

  it('knows a pairwise client people by their pairwise names', async () => {
    const { browser, first } = await signedIn('alice', 'pair');
    expect(first.claims.sub).not.to.equal(subOf('alice'));
    const again = await world.signIn(browser, { id_token_hint: first.tokens.id_token! }, 'pair');
    expect([again.prompts, again.claims.sub]).to.deep.equal(['-', first.claims.sub]);
  });

  it('a sub of a wrong type is invalid_request', async () => {
    const claims = JSON.stringify({ id_token: { sub: { value: 7 } } });
    const { page, error } = await world.walk(new TestBrowser(), world.authorize({ claims }), {
      until: 'login',
    });
    expect(error ?? page.text).to.match(/invalid_request/);
    later(0);
  });
});
