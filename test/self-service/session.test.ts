import { expect } from 'chai';
import { keys } from '../../src/store/keys.ts';
import { isOverview, openAccount, postTo } from '../support/account-steps.ts';
import { clockOffset, later, resetClock } from '../support/clock.ts';
import { TestBrowser, type TestPage } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

const HOUR_S = 3600;

describe('self-service: the session of a person’s own pages', () => {
  let world: World;
  let account: string;
  beforeEach(async () => {
    expect(clockOffset()).to.equal(0);
    world = await createWorld();
    account = `${world.issuer}/account`;
  });
  afterEach(async () => {
    resetClock();
    await world.close();
  });

  const opens = async (browser: TestBrowser): Promise<boolean> => isOverview(await browser.request(account));
  const formOf = (page: TestPage, id: string) => page.forms.find((form) => form.id === id)!;

  it('is an ordinary sign-in with PKCE, and takes the session that is there already', async () => {
    const browser = new TestBrowser();
    const first = await browser.request(account);
    const request = new URL(first.next!);
    expect(request.pathname).to.equal('/authorize');
    expect(Object.fromEntries(request.searchParams)).to.include({
      client_id: 'countersign-account',
      response_type: 'code',
      scope: 'openid',
      redirect_uri: `${account}/callback`,
      code_challenge_method: 'S256',
    });
    await world.signIn(browser);
    // signed in to an app already: neither password nor push is asked for again
    expect(isOverview(await browser.open(account))).to.equal(true);
  });

  it('R32 R41: its cookie is new at every sign-in, HttpOnly and Lax; what was planted before is worth nothing', async () => {
    const browser = new TestBrowser();
    browser.setCookie('account', 'A'.repeat(43), world.issuer);
    await openAccount(world, browser);
    const first = browser.cookie('account');
    expect(first)
      .to.match(/^[\w-]{43}$/)
      .and.not.equal('A'.repeat(43));
    const callback = await browser.request((await browser.request(`${account}?again`)).next ?? account);
    expect(callback.status).to.be.lessThan(500);
    const other = browser.clone();
    other.dropCookie('account');
    const begun = await other.request(account);
    const back = await other.request((await other.request(begun.next!)).next!);
    const [cookie] = back.headers.getSetCookie().filter((one) => one.startsWith('account='));
    expect(cookie).to.match(/^account=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
    expect(other.cookie('account')).not.to.equal(first);
  });

  it('R30: the cookie in another browser is nobody’s', async () => {
    const browser = new TestBrowser();
    await openAccount(world, browser);
    const thief = new TestBrowser();
    thief.setCookie('account', browser.cookie('account')!, world.issuer);
    expect(await opens(thief)).to.equal(false);
    thief.setCookie('browser', 'B'.repeat(43), world.issuer);
    expect(await opens(thief)).to.equal(false);
    expect(await opens(browser)).to.equal(true);
  });

  it('R30 R40: a callback that another browser began, that was changed, or that comes twice signs nobody in', async () => {
    const attacker = new TestBrowser();
    await world.signIn(attacker, {}, 'app', { name: 'bob' });
    const begun = await attacker.request(account);
    const callback = (await attacker.request(begun.next!)).next!;
    expect(callback).to.match(/\/account\/callback\?code=/);

    const victim = new TestBrowser();
    await victim.request(account); // has a begun sign-in of its own
    const planted = await victim.request(callback);
    expect([planted.status, planted.title?.includes('not signed in')]).to.deep.equal([400, true]);
    expect(await opens(victim)).to.equal(false);
    for (const change of [
      (url: URL) => url.searchParams.delete('state'),
      (url: URL) => url.searchParams.set('state', 'x.y'),
      (url: URL) => url.searchParams.set('code', 'x'.repeat(43)),
      (url: URL) => url.searchParams.set('iss', 'https://evil.example'),
    ]) {
      const url = new URL(callback);
      change(url);
      expect((await attacker.clone().request(url.href)).status).to.equal(400);
    }
    const ended = await new TestBrowser().request(`${account}/callback?error=access_denied&state=x`);
    expect(ended.status).to.equal(400);
  });

  it('R40: a form of another session, of another site or without its token changes nothing', async () => {
    const browser = new TestBrowser();
    const overview = await openAccount(world, browser);
    const form = formOf(overview, 'add-form');
    const mine = form.fields['token']!;
    const others = formOf(await openAccount(world, new TestBrowser(), 'bob'), 'add-form').fields['token']!;
    expect(mine).not.to.equal(others);
    for (const init of [
      { form: {} },
      { form: { token: others } },
      { form: { token: mine }, headers: { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' } },
    ]) {
      expect((await browser.request(form.action, init)).status).to.equal(403);
    }
    expect((await browser.request(form.action, { form: { token: mine } })).status).to.equal(303);
  });

  it('R25 R31: half a sign-in, or none, is answered 403 at every form of these pages, and seen nothing of', async () => {
    const browser = new TestBrowser();
    await world.walk(browser, world.authorize(), { until: 'push' });
    const routes = world.server.server.routes.filter(({ path }) => path.startsWith('/account'));
    expect(routes.length).to.be.greaterThan(10);
    for (const { methods, path } of routes) {
      const url = world.issuer + path.replace(/:\w+/g, 'A'.repeat(24));
      for (const method of methods) {
        const page = await browser.clone().request(url, method === 'POST' ? { form: {} } : {});
        if (method === 'POST') expect(page.status, path).to.equal(403);
        else if (path.endsWith('/callback')) expect(page.status, path).to.equal(400);
        else if (path.endsWith('/poll')) expect(page.status, path).to.equal(403);
        else expect(page.next, path).to.include('/authorize?');
      }
    }
  });

  it('ends when it is idle for an hour, and twelve hours after the proof however busy it was', async () => {
    const idle = new TestBrowser();
    await openAccount(world, idle);
    later(HOUR_S - 30);
    expect(await opens(idle)).to.equal(true);
    later(HOUR_S - 30);
    expect(await opens(idle)).to.equal(true);
    later(HOUR_S + 1);
    expect(await opens(idle)).to.equal(false);

    const busy = new TestBrowser();
    await world.signIn(busy); // the proof; these pages come fifty minutes later
    later(50 * 60);
    expect(isOverview(await busy.open(account))).to.equal(true);
    for (let n = 1; n <= 12; n++) {
      later(55 * 60);
      expect(await opens(busy), `50 + ${n} x 55 min`).to.equal(true);
    }
    later(11 * 60);
    expect(await opens(busy)).to.equal(false);
  });

  it('R33 R63: ends with the session it came from, with a sign-out everywhere, and with the account', async () => {
    const { accounts } = world.server.services;
    const { sub } = world.person('alice').account;
    const out = new TestBrowser();
    await openAccount(world, out);
    await world.signOut(out);
    expect(await opens(out)).to.equal(false);

    const everywhere = new TestBrowser();
    await openAccount(world, everywhere);
    later(2);
    await world.server.server.signOutEverywhere(sub);
    expect(await opens(everywhere)).to.equal(false);
    later(2);

    const disabled = new TestBrowser();
    await openAccount(world, disabled);
    await accounts.setDisabled(sub, true);
    expect(await opens(disabled)).to.equal(false);
    await accounts.setDisabled(sub, false);
  });

  it('signs out here, and everywhere after a question', async () => {
    const one = new TestBrowser();
    const two = new TestBrowser();
    const overview = await openAccount(world, one);
    await openAccount(world, two);
    later(2);
    const question = await two.open(`${account}/everywhere`);
    expect(await opens(one)).to.equal(true);
    const done = await postTo(two, question, '/everywhere');
    expect(done.title).to.include('signed out everywhere');
    expect(await opens(one)).to.equal(false);
    expect(await opens(two)).to.equal(false);
    later(2);

    const three = new TestBrowser();
    const page = await openAccount(world, three);
    const left = await postTo(three, page, '/sign-out');
    expect(new URL(left.url).pathname).to.equal('/logout');
    expect(await opens(three)).to.equal(false);
    expect(formOf(overview, 'sign-out-form').fields['token']).to.be.a('string');
  });

  it('R52: stores no cookie, and a session’s key is of its own type', async () => {
    const browser = new TestBrowser();
    await openAccount(world, browser);
    const cookie = browser.cookie('account')!;
    expect(await world.store.get(keys.accountSession(cookie))).to.equal(undefined);
    expect(keys.accountSession('x')).not.to.equal(keys.factorChange('x'));
  });

  it('no configured app may be that client', async () => {
    const { clients } = world.server.services;
    const builtIn = await clients.find('countersign-account');
    expect(builtIn).to.include({ firstParty: true, floor: 'push', tokenEndpointAuthMethod: 'none' });
    expect(await clients.add({ ...builtIn!, name: 'Evil' })).to.equal(false);
    expect(await clients.remove('countersign-account')).to.equal(false);
    expect((await clients.list()).map(({ client }) => client.clientId)).not.to.include('countersign-account');
  });
});
