import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { DEMO_PASSWORD, DEMO_USER } from '../../src/demo/demo-records.ts';
import { freePort } from '../../src/demo/ports.ts';
import { createBrowser, type Page } from '../../src/demo/scripted-browser.ts';
import { type DemoProcess, startDemoProcess } from '../support/demo-process.ts';

describe('countersign demo, with a person at the terminal', function () {
  this.timeout(60_000);

  async function waitingPage(browser: ReturnType<typeof createBrowser>, app: string): Promise<Page> {
    const password = await browser.follow(await browser.open(app), 'sign-in');
    return browser.submit(password, 'login-submit', { username: DEMO_USER, password: DEMO_PASSWORD });
  }

  it('R13: shows who signs in to what, takes number and a, or d alone; goes on after a restart', async () => {
    const data = await mkdtemp(join(tmpdir(), 'countersign-terminal-'));
    const [port, appPort] = [await freePort(), await freePort()];
    const args = ['--data', data, '--port', `${port}`, '--app-port', `${appPort}`];
    const app = `http://localhost:${appPort}/`;
    const browser = createBrowser();
    let demo: DemoProcess = startDemoProcess(args);
    try {
      await demo.until(/Waiting for a request/);
      expect(demo.stdout).to.include(app.slice(0, -1)).and.include(DEMO_PASSWORD);
      const waiting = await waitingPage(browser, app);
      await demo.until(/Are you signing in to Demo app[\s\S]*127\.0\.0\.1[\s\S]*r to report/);
      demo.type(`${waiting.element('number')?.attributes['data-number']} a`);
      await demo.until(/Approved\./);
      const consent = await browser.submit(waiting, 'continue-form');
      const signedIn = await browser.submit(consent, 'consent-submit');
      expect(signedIn.url).to.equal(`${app}me`);
      expect(await demo.stop()).to.equal(0);

      demo = startDemoProcess(args);
      await demo.until(/Waiting for a request/);
      const other = createBrowser();
      const asked = await waitingPage(other, app);
      await demo.until(/r to report/);
      demo.type('d');
      await demo.until(/Denied\./);
      const outcome = await other.open(asked.url);
      expect(outcome.element('card')?.attributes['data-outcome']).to.equal('denied');
      expect(await demo.stop()).to.equal(0);
      expect(demo.stderr).to.equal('');
    } finally {
      demo.child.kill('SIGKILL');
      await rm(data, { recursive: true, force: true });
    }
  });
});
