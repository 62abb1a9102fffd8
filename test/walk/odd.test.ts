import { expect } from 'chai';
import { resetClock } from '../support/clock.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { enterUserCode, pollDevice, startDevice, stopBeforeResume } from '../support/walk-steps.ts';
import { CLIENTS, createWorld, type World } from '../support/walk-world.ts';

describe('walk: odd apps and odd ids', () => {
  let world: World;
  let problems: string[];
  before(async () => {
    const app = CLIENTS.find(({ clientId }) => clientId === 'app')!;
    const redirectUris = ['com.example.app:/cb'];
    world = await createWorld({
      clients: [
        { ...app, clientId: 'native', applicationType: 'native', redirectUris, postLogoutRedirectUris: [] },
      ],
      onLog: (line) => {
        if (Number((JSON.parse(line) as { level: number | string }).level) >= 50) problems.push(line);
        if (/"level":"(error|fatal)"/.test(line)) problems.push(line);
      },
    });
  });
  beforeEach(async () => {
    problems = [];
    await world.forgetOpen();
  });
  afterEach(() => {
    resetClock();
    expect(problems, 'nothing odd is an error of the server').to.deep.equal([]);
  });
  after(() => world.close());

  it('an installed app gets its code at its own scheme, and asks for consent each time', async () => {
    const browser = new TestBrowser();
    const request = () => world.authorize({ redirect_uri: 'com.example.app:/cb' }, 'native');
    const first = await world.walk(browser, request());
    expect(first.prompts).to.equal('login>push>consent');
    expect(first.page.next).to.match(/^com\.example\.app:\/cb\?code=/);
    const second = await world.walk(browser, request());
    expect(second.prompts, 'RFC 8252 section 8.6').to.equal('consent');
    expect(second.code).to.be.a('string');
  });

  it('R52: ids of any length and kind are "not found", never an error of ours', async () => {
    const browser = new TestBrowser();
    const odd = ['x'.repeat(5000), 'a:b', '../../etc', '%00', 'ключ', '{tag}', '*', ' '];
    for (const id of odd) {
      expect((await world.redeem(world.authorize(), id)).error, `code ${id.slice(0, 9)}`).to.equal(
        'invalid_grant',
      );
      expect((await world.refresh(id)).error, `refresh ${id.slice(0, 9)}`).to.equal('invalid_grant');
      expect(await world.active(id)).to.equal(false);
      const path = encodeURIComponent(id).slice(0, 5000);
      for (const place of ['authorize', 'device', 'interaction']) {
        const { status } = await browser.request(`${world.issuer}/${place}/${path}`);
        expect(status, `${place} ${id.slice(0, 9)}`).to.be.oneOf([400, 404]);
      }
    }
  });

  it('R52: an odd session or browser cookie is nobody’s', async () => {
    for (const value of ['x'.repeat(3000), 'Session/abc', '%', '"quoted"', 'a=b=c']) {
      const browser = new TestBrowser();
      for (const name of ['session', 'session.sig', 'browser', 'browser.sig']) {
        browser.setCookie(name, value, world.issuer);
      }
      const { prompts } = await world.signIn(browser);
      expect(prompts).to.match(/^login>push/);
    }
  });

  it('a user code typed in a session that is gone, or a device chain resumed in one, is no error of ours', async () => {
    const input = await new TestBrowser().open(`${world.issuer}/device`);
    const stranger = new TestBrowser();
    const answer = await stranger.submit(input, 'op.deviceInputForm', { user_code: 'XXXX-XXXX' });
    expect(answer.status).to.equal(400);
    expect(answer.text).to.include('Type the code again');

    const browser = new TestBrowser();
    await world.signIn(browser);
    const code = await startDevice(world);
    const stepUp = await enterUserCode(world, browser, code.user_code);
    const waiting = await world.post(browser, stepUp, 'send');
    await world.person('alice').device!.approve(world.number(waiting));
    const resume = await stopBeforeResume(browser, waiting, 'continue');
    await world.signOut(browser);
    const after = await world.open(browser, resume);
    expect(after.status).to.equal(400);
    expect((await pollDevice(world, code)).status, 'the device gets no tokens').to.equal(400);
  });

  it('R32: the session id from before the sign-in is nobody’s afterwards', async () => {
    const browser = new TestBrowser();
    await browser.request(`${world.issuer}/device`);
    const planted = browser.clone();
    expect(planted.cookie('session')).to.be.a('string');
    await world.signIn(browser);
    expect(browser.cookie('session')).to.not.equal(planted.cookie('session'));
    expect((await world.walk(planted, world.authorize(), { until: 'login' })).prompts).to.equal('login');
    expect((await world.signIn(browser)).prompts).to.equal('-');
  });
});
