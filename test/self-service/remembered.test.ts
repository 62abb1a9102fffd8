import { expect } from 'chai';
import { openAccount, reload } from '../support/account-steps.ts';
import { later, resetClock } from '../support/clock.ts';
import { TestBrowser, type TestPage } from '../support/test-browser.ts';
import { createWorld, type PersonName, type World } from '../support/walk-world.ts';

const HALF_A_DAY = 13 * 3600;

describe('self-service: remembered browsers', () => {
  let world: World;
  before(async () => {
    world = await createWorld({ config: { session: { rememberBrowser: '30d' } } });
  });
  beforeEach(() => world.forgetOpen());
  after(async () => {
    resetClock();
    await world.close();
  });

  async function rememberIn(userAgent: string, name: PersonName = 'alice'): Promise<TestBrowser> {
    const browser = new TestBrowser({ 'user-agent': userAgent });
    const { page } = await world.walk(browser, world.authorize(), { name, until: 'push' });
    expect(page.text).to.include('Remember this browser for 30 days');
    await world.person(name).device!.approve(world.number(page));
    await world.post(browser, page, 'continue', { remember: 'yes' });
    await world.forgetOpen();
    return browser;
  }
  const promptsNow = async (browser: TestBrowser) => {
    browser.dropCookie('session');
    await world.forgetOpen();
    return (await world.signIn(browser)).prompts;
  };
  const forms = (page: TestPage) => page.forms.filter(({ action }) => action.endsWith('/browsers/forget'));
  const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
  const CHROME =
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

  it('are listed with what they are, this one marked, and forgotten one by one or all at once', async () => {
    const [firefox, chrome] = [await rememberIn(FIREFOX), await rememberIn(CHROME)];
    later(HALF_A_DAY);
    const page = await openAccount(world, firefox);
    const rows = [...page.text.matchAll(/row-name"><bdi>([^<]+)<\/bdi>( \(this browser\))?/g)];
    expect(rows.map(([, words, here]) => `${words}${here ?? ''}`)).to.have.members([
      'Firefox on Linux (this browser)',
      'Chrome on Windows',
    ]);
    expect(page.text).to.include('A browser was remembered');
    const ofChrome = forms(page)[rows.findIndex(([, words]) => words === 'Chrome on Windows')]!;
    await firefox.request(ofChrome.action, { form: { ...ofChrome.fields } });
    expect(await promptsNow(chrome)).to.include('push');
    expect(await promptsNow(firefox)).to.equal('login');

    const again = await rememberIn(CHROME);
    const both = await reload(firefox, await openAccount(world, firefox));
    const all = forms(both).find(({ fields }) => fields['browser'] === 'all')!;
    await firefox.request(all.action, { form: { ...all.fields } });
    expect(await promptsNow(again)).to.include('push');
    expect(await promptsNow(firefox)).to.include('push');
  });

  it('R29 R40: nobody forgets another person’s, and no form of another session does', async () => {
    const bobs = await rememberIn(FIREFOX, 'bob');
    await rememberIn(FIREFOX);
    const bobsPage = await openAccount(world, bobs, 'bob');
    const id = forms(bobsPage)[0]!.fields['browser']!;
    const alice = new TestBrowser();
    const form = forms(await openAccount(world, alice))[0]!;
    await alice.request(form.action, { form: { ...form.fields, browser: id } });
    const stolen = forms(bobsPage)[0]!.fields;
    expect((await alice.request(form.action, { form: { ...stolen } })).status).to.equal(403);
    later(HALF_A_DAY);
    bobs.dropCookie('session');
    expect((await world.signIn(bobs, {}, 'app', { name: 'bob' })).prompts).not.to.include('push');
  });
});
