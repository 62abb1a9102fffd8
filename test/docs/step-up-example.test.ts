import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { end, listening } from '../support/guide-process.ts';
import { givePasskey, usePasskey } from '../support/passkey-steps.ts';
import { freePort } from '../support/start-server.ts';
import { TestBrowser, type TestPage } from '../support/test-browser.ts';
import { createWorld, RESOURCE, type World } from '../support/walk-world.ts';

const FOLDER = join(import.meta.dirname, '../../examples/step-up');
const SECRET = 'a-secret-that-is-long-enough-for-a-test-client';

describe('examples/step-up', function () {
  this.timeout(60_000);
  let world: World;
  const programs: ChildProcess[] = [];
  let home: string;
  let api: string;

  async function start(file: string, port: number, env: Record<string, string>): Promise<void> {
    const common = { ISSUER: world.issuer, RESOURCE };
    const program = spawn(process.execPath, [join(FOLDER, file)], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...common, ...env },
    });
    programs.push(program);
    await listening(program, port);
  }

  before(async () => {
    const [appPort, apiPort] = [await freePort(), await freePort()];
    home = `http://localhost:${appPort}`;
    api = `http://localhost:${apiPort}`;
    const REDIRECT_URI = `${home}/callback`;
    const scopes = ['openid', 'read', 'write'];
    world = await createWorld({
      clients: [{ clientId: 'bank', name: 'Bank', secret: SECRET, redirectUris: [REDIRECT_URI], scopes }],
    });
    await start('api.mjs', apiPort, { PORT: String(apiPort) });
    await start('app.mjs', appPort, { API: api, CLIENT_ID: 'bank', CLIENT_SECRET: SECRET, REDIRECT_URI });
  });
  beforeEach(() => world.forgetOpen());
  after(async () => {
    await Promise.all(programs.map(end));
    await world?.close();
  });

  const signIn = async (browser: TestBrowser, name: 'alice' | 'bob'): Promise<TestPage> => {
    const { page } = await world.walk(browser, await browser.open(`${home}/`), { name });
    return page;
  };
  const pay = async (browser: TestBrowser): Promise<TestPage> =>
    browser.follow(await browser.request(`${home}/pay`, { form: {}, headers: { origin: home } }));

  it('R48: the balance takes the push; paying brings back for a passkey alone, and is done then', async () => {
    const passkey = await givePasskey(world, 'alice');
    const browser = new TestBrowser();
    expect((await signIn(browser, 'alice')).text).to.include('You are signed in');
    expect((await browser.open(`${home}/balance`)).text).to.include('balance');

    const asked = await pay(browser);
    expect(asked.url).to.include(`${world.issuer}/interaction/`);
    expect(asked.text).not.to.include('name="password"');
    const { page } = await world.walk(browser, await usePasskey(browser, asked, passkey));
    expect(page.text).to.include('paid');
    expect((await pay(browser)).text, 'and again while it is fresh').to.include('paid');
  });

  it('R48: who has no passkey reads how to get one, and the app hears so', async () => {
    const browser = new TestBrowser();
    await signIn(browser, 'bob');
    const asked = await pay(browser);
    expect(asked.text).to.match(/passkey/i);
    const leave = asked.forms.find(({ action }) => action.endsWith('/unmet'))!;
    const back = await browser.follow(await browser.request(leave.action, { form: leave.fields }));
    expect(back.url).to.include('unmet_authentication_requirements');
    expect(back.text).to.include('Paying needs a passkey');
    expect((await browser.open(`${home}/balance`)).text, 'still signed in').to.include('balance');
  });

  it('the API says by RFC 6750 and RFC 9470 what it wants', async () => {
    const asked = await fetch(`${api}/balance`, { headers: { authorization: 'Bearer nonsense' } });
    expect(asked.status).to.equal(401);
    expect(asked.headers.get('www-authenticate')).to.equal('Bearer error="invalid_token"');
    expect((await fetch(`${api}/payments`)).status).to.equal(404);
  });
});
