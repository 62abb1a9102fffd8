import { expect } from 'chai';
import { ACR } from '../../src/session/ladder.ts';
import { names } from '../../src/store/keys.ts';
import { resetClock } from '../support/clock.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

describe('walk: approved', () => {
  let world: World;
  before(async () => {
    world = await createWorld();
  });
  after(async () => {
    resetClock();
    await world.close();
  });

  const sessionsOf = async (name: 'alice' | 'bob') =>
    (await world.store.index.page(names.sessions(world.person(name).account.sub), { limit: 100 })).entries
      .length;

  it('R56 R47: password, push, consent; no session before the approval; tokens say what was proved', async () => {
    const browser = new TestBrowser();
    const request = world.authorize({ nonce: 'n-1' });
    const login = await world.open(browser, request.url);
    const before = await sessionsOf('alice');
    const waiting = await world.password(browser, login, 'alice');
    expect(world.promptOf(waiting)).to.equal('push');
    expect(await sessionsOf('alice')).to.equal(before);

    const walked = await world.walk(browser, waiting);
    expect(walked.prompts).to.equal('push>consent');
    expect(walked.state).to.equal('st');
    const tokens = await world.redeem(request, walked.code!);
    expect(tokens.status).to.equal(200);
    const { decodeJwt } = await import('jose');
    const claims = decodeJwt(tokens.id_token!);
    expect(claims).to.include({ acr: ACR.push, nonce: 'n-1', sub: world.person('alice').account.sub });
    expect(claims['amr']).to.deep.equal(['pwd', 'swk', 'mca', 'mfa']);
    expect(claims['auth_time']).to.be.a('number');
    expect(await world.userinfo(tokens.access_token!)).to.equal(200);
    expect(await sessionsOf('alice')).to.equal(before + 1);
  });

  it('signs in to a second app of the session without asking anything but consent, and to the first without', async () => {
    const browser = new TestBrowser();
    await world.signIn(browser);
    const again = await world.signIn(browser);
    expect(again.prompts).to.equal('-');
    expect(again.claims['acr']).to.equal(ACR.push);
    expect((await world.signIn(browser, {}, 'app2')).prompts).to.match(/^(consent|-)$/);
  });

  it('remembers consent in another session, and asks again for more', async () => {
    await world.signIn(new TestBrowser(), {}, 'app', { name: 'bob' });
    const browser = new TestBrowser();
    expect((await world.signIn(browser, {}, 'app', { name: 'bob' })).prompts).to.equal('login>push');
    expect((await world.signIn(browser, { scope: 'openid email' }, 'app', { name: 'bob' })).prompts).to.equal(
      'consent',
    );
  });

  it('skips consent for a first-party app', async () => {
    expect((await world.signIn(new TestBrowser(), {}, 'mine')).prompts).to.equal('login>push');
  });

  it('puts the claims of granted scopes into the ID token where a client wants them there', async () => {
    const { claims } = await world.signIn(new TestBrowser(), { scope: 'openid email' }, 'claims');
    expect(claims).to.include({ email: 'alice@example.com', email_verified: true });
    const other = await world.signIn(new TestBrowser(), { scope: 'openid email' });
    expect(other.claims).not.to.have.property('email');
  });

  it('answers ten continues at once the same way (F3)', async () => {
    const browser = new TestBrowser();
    const { page } = await world.walk(browser, world.authorize(), { until: 'push' });
    await world.person('alice').device!.approve(world.number(page));
    const form = page.forms.find(({ id }) => id === 'continue-form')!;
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => browser.clone().request(form.action, { form: {} })),
    );
    expect(new Set(answers.map(({ status, next }) => `${status} ${next}`)).size).to.equal(1);
    expect(answers[0]!.status).to.equal(200);
  });

  it('R2 R3: six digits on the page, and in nothing a device gets', async () => {
    const browser = new TestBrowser();
    const { page } = await world.walk(browser, world.authorize(), { until: 'push' });
    const number = world.number(page);
    expect(number).to.match(/^\d{6}$/);
    const [challenge] = await world.person('alice').device!.waiting();
    expect(JSON.stringify(challenge)).not.to.include(number);
    expect(challenge!.context).to.include({ purpose: 'sign-in', account: 'alice' });
    expect(challenge!.context.app).to.deep.equal({ name: 'App app', host: 'app.example' });
  });
});
