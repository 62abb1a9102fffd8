import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type DemoSettings, demoSettings } from '../../src/demo/demo-settings.ts';
import { createBrowser } from '../../src/demo/scripted-browser.ts';
import { type DemoStage, startDemo } from '../../src/demo/stage.ts';
import { walk } from '../../src/demo/walk.ts';
import { createWalkLines } from '../../src/demo/walk-lines.ts';

const env = { COUNTERSIGN_PASSWORD_ARGON2_MEMORY_KIB: '7168', COUNTERSIGN_PASSWORD_ARGON2_ITERATIONS: '5' };

describe('the demo app', function () {
  this.timeout(60_000);
  let dataDir: string;
  let settings: DemoSettings;
  let stage: DemoStage;
  /** From when it is asked for: this file may wait long for its turn. */
  const limit = () => AbortSignal.timeout(50_000);

  async function start(): Promise<DemoStage> {
    settings = await demoSettings({ walk: true, dataDir, fresh: false, processes: 1 }, { env, cwd: dataDir });
    return startDemo(settings, { fresh: false, signal: limit() });
  }

  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'countersign-app-'));
    stage = await start();
  });
  after(async () => {
    await stage.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('leaves for Countersign with state, nonce and PKCE S256', async () => {
    const response = await fetch(`${stage.appOrigin}/signin`, { redirect: 'manual' });
    const to = new URL(response.headers.get('location') ?? '');
    expect(to.origin).to.equal(stage.issuer);
    expect(to.searchParams.get('code_challenge_method')).to.equal('S256');
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(to.searchParams.get(name), name).to.match(/^[A-Za-z0-9_-]{43}$/);
    }
    expect(response.headers.get('set-cookie')).to.match(
      /^demo_app=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Lax$/,
    );
  });

  it('says so when the person gives up', async () => {
    const browser = createBrowser({ signal: limit() });
    const password = await browser.follow(await browser.open(stage.appOrigin), 'sign-in');
    const back = await browser.submit(password, 'cancel-form');
    expect(back.url).to.match(new RegExp(`^${stage.appOrigin}/callback\\?`));
    expect(back.text).to.include('You are not signed in').and.include('access_denied');
  });

  it('R30: takes no answer that it did not ask for in this browser', async () => {
    const page = await createBrowser({ signal: limit() }).open(`${stage.appOrigin}/callback?code=x&state=y`);
    expect(page.status).to.equal(400);
    expect(page.text).to.include('This sign-in is not known here');
  });

  it('R39, R40: may not be framed, and no other page signs anybody out', async () => {
    const page = await fetch(stage.appOrigin);
    expect(page.headers.get('content-security-policy')).to.include("frame-ancestors 'none'");
    const headers = { origin: 'http://evil.example', 'content-type': 'application/x-www-form-urlencoded' };
    const response = await fetch(`${stage.appOrigin}/signout`, {
      method: 'POST',
      headers,
      redirect: 'manual',
    });
    expect(response.status).to.equal(403);
  });

  it('keeps user, device and key when it is started again, even on other ports', async () => {
    const run = () => walk({ ...stage, lines: createWalkLines(() => {}), signal: limit() });
    const first = await run();
    const device = (await stage.device.status()).device;
    expect((await stat(settings.keyFile)).mode & 0o777).to.equal(0o600);
    await stage.close();
    stage = await start();
    const second = await run();
    expect(second.idToken['sub']).to.equal(first.idToken['sub']);
    expect((await stage.device.status()).device).to.include({
      id: device.id,
      fingerprint: device.fingerprint,
    });
  });

  it('signs out of Countersign too', async () => {
    const seen: string[] = [];
    const browser = createBrowser({
      signal: limit(),
      onRequest: ({ url }) => seen.push(new URL(url).pathname),
    });
    await signIn(browser);
    const ask = await browser.submit(browser.page!, 'sign-out');
    const back = await browser.submit(ask, 'logout-submit');
    expect(back.url).to.match(new RegExp(`^${stage.appOrigin}/`));
    expect(back.element('sign-in')).not.to.equal(undefined);
    const again = await browser.follow(back, 'sign-in');
    expect(again.element('password')).not.to.equal(undefined);
  });

  async function signIn(browser: ReturnType<typeof createBrowser>): Promise<void> {
    const password = await browser.follow(await browser.open(stage.appOrigin), 'sign-in');
    const { DEMO_PASSWORD, DEMO_USER } = await import('../../src/demo/demo-records.ts');
    const waiting = await browser.submit(password, 'login-submit', {
      username: DEMO_USER,
      password: DEMO_PASSWORD,
    });
    const number = waiting.element('number')?.attributes['data-number'] ?? '';
    const [challenge] = (await stage.device.pending()).challenges;
    await stage.device.answer(challenge!, 'approve', { number });
    const next = await browser.submit(waiting, 'continue-form');
    if (next.element('consent-submit')) await browser.submit(next, 'consent-submit');
    expect(browser.page?.url).to.equal(`${stage.appOrigin}/me`);
  }
});
