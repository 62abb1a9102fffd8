import { TestBrowser } from '../../test/support/test-browser.ts';
import { answerAsks } from './child.ts';
import { atApp, authorizeUrl } from './sign-in.ts';

/** Wrong passwords, so many in flight at any time, until told to stop. */
let running: Promise<void>[] = [];
let stopping = false;
let checked = 0;

async function tryPasswords(issuer: string, i: number): Promise<void> {
  const browser = new TestBrowser();
  let page = await browser.open(authorizeUrl(issuer).url, atApp);
  while (!stopping) {
    page = await browser.submit(page, 'login-form', {
      username: `person-${i}`,
      password: 'not the password of anybody',
    });
    if (page.status !== 401) throw new Error(`${page.status} ${page.title}`);
    checked++;
  }
}

answerAsks({
  start({ issuer, inFlight }: { issuer: string; inFlight: number }) {
    stopping = false;
    running = Array.from({ length: inFlight }, (_, i) => tryPasswords(issuer, i));
  },
  async stop() {
    stopping = true;
    await Promise.all(running);
    const made = checked;
    checked = 0;
    return made;
  },
});
