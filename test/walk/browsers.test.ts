import { expect } from 'chai';
import { resetClock } from '../support/clock.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

describe('walk: whose browser it is', () => {
  let world: World;
  before(async () => {
    world = await createWorld();
  });
  beforeEach(() => world.forgetOpen());
  afterEach(resetClock);
  after(() => world.close());

  const waiting = async () => {
    const browser = new TestBrowser();
    const { page } = await world.walk(browser, world.authorize(), { until: 'push' });
    return { browser, page };
  };
  const action = (page: { url: string }, step: string) => `${page.url}/${step}`;

  it('R30 R6: another browser cookie gets nothing at continue, poll and page, though the interaction cookie is right', async () => {
    const { browser, page } = await waiting();
    await world.person('alice').device!.approve(world.number(page));
    const other = browser.clone();
    other.setCookie('browser', 'A'.repeat(43), page.url);
    expect((await other.request(page.url)).status).to.equal(403);
    expect((await other.request(action(page, 'continue'), { form: {} })).status).to.equal(403);
    const poll = /data-poll="([^"]+)"/.exec(page.text)![1]!.replaceAll('&amp;', '&');
    expect((await other.request(`${world.issuer}${poll}&v=x`)).status).to.equal(403);

    const left = await browser.request(action(page, 'continue'), { form: {} });
    expect(left.status).to.equal(200);
    const planted = new TestBrowser();
    planted.cookies = browser.cookies.filter(({ name }) => name !== 'browser');
    expect((await planted.request(left.next!)).status, 'F21: a planted interaction cookie').to.equal(403);
    expect((await other.request(left.next!)).status).to.equal(403);
    expect(world.promptOf(await browser.open(left.next!))).to.equal('consent');
  });

  it('R30: every uid with every other browser’s cookies is refused', async () => {
    const [a, b] = [await waiting(), await waiting()];
    for (const [mine, theirs] of [
      [a, b],
      [b, a],
    ] as const) {
      for (const step of ['', '/poll?c=x', '/continue', '/send', '/cancel']) {
        const init = step && !step.startsWith('/poll') ? { form: {} } : {};
        const { status, text } = await mine.browser.request(theirs.page.url + step, init);
        expect(status, step).to.be.oneOf([400, 403]);
        expect(text).not.to.include(world.number(theirs.page));
      }
    }
    expect(world.promptOf(await a.browser.request(a.page.url))).to.equal('push');
  });

  it('F21 R30: the resume cookie of one browser resumes nothing in another, whatever path it is sent to', async () => {
    const { browser, page } = await waiting();
    await world.person('alice').device!.approve(world.number(page));
    const left = await browser.request(action(page, 'continue'), { form: {} });
    const uid = page.url.split('/').at(-1)!;
    const cookie = browser.cookies
      .filter(
        ({ name, path }) => (path.endsWith(uid) && name.startsWith('resume')) || name.startsWith('session'),
      )
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
    const thief = new TestBrowser();
    for (const path of [
      `/authorize/${'x'.repeat(43)}`,
      `/authorize/${uid}/`,
      `/AUTHORIZE/${uid}`,
      '/authorize/%41',
    ]) {
      const answer = await thief.request(world.issuer + path, { headers: { cookie } });
      expect(answer.status, path).to.equal(403);
      expect(answer.headers.getSetCookie(), path).to.deep.equal([]);
    }
    expect(world.promptOf(await browser.open(left.next!))).to.equal('consent');
  });

  it('R63: ten resumes at once give one code, and no 500', async () => {
    const browser = new TestBrowser();
    const { page } = await world.walk(browser, world.authorize({ prompt: 'consent' }), { until: 'consent' });
    const form = page.forms.find(({ id }) => id === 'consent-form')!;
    const left = await browser.request(form.action, { form: { ...form.fields } });
    const answers = await Promise.all(Array.from({ length: 10 }, () => browser.clone().request(left.next!)));
    expect(answers.filter(({ next }) => next?.includes('code=')).length).to.equal(1);
    for (const { status, next } of answers) if (!next?.includes('code=')) expect(status).to.equal(400);
  });

  it('R56: a second /authorize after an abandoned push asks for the password again', async () => {
    const { browser } = await waiting();
    const again = await world.signIn(browser);
    expect(again.prompts).to.match(/^login>push/);
  });

  it('F20: opening the page, the resume URL or the poll again sends nothing and changes nothing', async () => {
    const { browser, page } = await waiting();
    const before = await world.person('alice').device!.waiting();
    const uid = page.url.split('/').at(-1)!;
    for (let n = 0; n < 3; n++) {
      expect(world.number(await browser.request(page.url))).to.equal(world.number(page));
      expect(world.promptOf(await browser.open(`${world.issuer}/authorize/${uid}`))).to.equal('push');
    }
    expect(await world.person('alice').device!.waiting()).to.deep.equal(before);
  });

  it('R32: the session id changes at sign-in, and the one before is nobody’s', async () => {
    const browser = new TestBrowser();
    await browser.open(`${world.issuer}/device`);
    const planted = browser.cookie('session');
    const old = browser.clone();
    await world.signIn(browser);
    expect(browser.cookie('session')).to.be.a('string').that.does.not.equal(planted);
    expect((await world.walk(old, world.authorize(), { until: 'login' })).prompts).to.equal('login');
  });

  it('R40: a form from elsewhere, without a place of origin, as a GET or as plain text is refused', async () => {
    const { browser, page } = await waiting();
    const url = action(page, 'cancel');
    for (const headers of [
      { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
      { origin: 'https://evil.example', 'sec-fetch-site': '' },
      { origin: world.issuer, 'sec-fetch-site': 'same-site' },
      { origin: '', 'sec-fetch-site': '' },
    ]) {
      expect((await browser.request(url, { form: {}, headers })).status).to.equal(403);
    }
    expect(
      (await browser.request(url, { form: {}, headers: { 'content-type': 'text/plain' } })).status,
    ).to.equal(415);
    expect((await browser.request(url)).status).to.be.oneOf([404, 405]);
    expect(world.promptOf(await browser.request(page.url))).to.equal('push');
  });

  it('R38 R41: what follows credentials is a 200 or 303, and cookies are HttpOnly and Lax', async () => {
    const browser = new TestBrowser();
    const login = await world.open(browser, world.authorize().url);
    const answers = [
      login,
      await browser.submit(login, 'login-form', { username: 'alice', password: 'wrong password' }),
    ];
    answers.push(
      await browser.submit(login, 'login-form', {
        username: 'alice',
        password: world.person('alice').password,
      }),
    );
    for (const { status, headers } of answers) {
      expect(status).to.be.oneOf([200, 303, 401]);
      for (const cookie of headers.getSetCookie())
        expect(cookie.toLowerCase()).to.match(/httponly.*samesite=lax|samesite=lax.*httponly/);
    }
  });
});
