import type { IncomingMessage, ServerResponse } from 'node:http';
import axe from 'axe-core';
import { expect } from 'chai';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import type { WaitingAnswer } from '../../src/http/models/shown-number.ts';
import { deviceProgress } from '../../src/http/words.ts';
import { samples } from '../support/page-samples.ts';
import { type PageServer, startPageServer } from '../support/page-server.ts';

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** Sizes of what is touched are not among axe's defaults. */
const AXE_OPTIONS = `{ resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } }`;

/** Runs axe in the page and says what is wrong, one line each. */
async function axeProblems(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const violations = (await page.evaluate(
    `axe.run(document, ${AXE_OPTIONS}).then((r) => r.violations)`,
  )) as Violation[];
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html} ${node.failureSummary ?? ''}`),
  );
}

async function look(page: Page, width: number, scheme: 'light' | 'dark'): Promise<void> {
  await page.setViewport({ width, height: 800 });
  await page.emulateMediaFeatures([
    { name: 'prefers-color-scheme', value: scheme },
    { name: 'prefers-reduced-motion', value: 'reduce' },
  ]);
}

/** Pages that leave at once: looked at without what makes them. */
const LEAVING = new Set(['leaving', 'authorize-post', 'waiting-approved', 'account-approve-approved']);

const SIDEWAYS = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';

describe('pages in Chromium', function () {
  this.timeout(60_000);
  let browser: Browser;
  let server: PageServer;
  /** What the next polls answer, by the test that runs; without one the poll is held. */
  let answerPoll: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  const posted: { path: string; at: number; body: string }[] = [];
  const held = new Set<ServerResponse>();

  before(async () => {
    server = await startPageServer((request, response) => {
      const path = request.url ?? '';
      if (path.includes('/wait')) {
        if (answerPoll === undefined) held.add(response);
        else answerPoll(request, response);
        return;
      }
      if (request.method === 'POST') {
        const post = { path, at: Date.now(), body: '' };
        posted.push(post);
        request.on('data', (chunk: Buffer) => {
          post.body += chunk.toString();
        });
      }
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>Elsewhere</title>');
    });
    browser = await puppeteer.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  });

  after(async () => {
    await browser.close();
    await server.close();
  });

  beforeEach(() => {
    answerPoll = undefined;
    posted.length = 0;
  });

  async function open(path: string): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(`${server.origin}/${path}`, { waitUntil: 'load' });
    return { page, complaints };
  }

  function json(response: ServerResponse, answer: WaitingAnswer): void {
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer));
  }

  for (const { id } of samples) {
    it(`${id}: no axe finding, nothing refused by the CSP, no sideways scrolling`, async () => {
      const { page, complaints } = await open(LEAVING.has(id) ? `${id}?still` : id);
      try {
        for (const [width, scheme] of [
          [320, 'dark'],
          [320, 'light'],
          [390, 'light'],
          [390, 'dark'],
          [1100, 'dark'],
          [1100, 'light'],
        ] as const) {
          await look(page, width, scheme);
          await page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })");
          expect(await axeProblems(page), `${width} ${scheme}`).to.deep.equal([]);
          expect(await page.evaluate(SIDEWAYS), `${width} ${scheme}`).to.equal(0);
        }
        // 200 % text on a narrow window.
        await page.evaluate("document.documentElement.style.fontSize = '200%'");
        await look(page, 640, 'light');
        expect(await page.evaluate(SIDEWAYS), '200 %').to.equal(0);
        expect(complaints).to.deep.equal([]);
      } finally {
        await page.close();
      }
    });
  }

  it('approved: the ring closes and the page leaves within half a second', async () => {
    let answeredAt = 0;
    answerPoll = (_, response) => {
      answeredAt = Date.now();
      json(response, { v: 'v2', state: 'approved', secondsLeft: 80 });
    };
    const { page } = await open('waiting');
    await page.waitForFunction("document.title === 'Elsewhere'");
    expect(posted.map(({ path }) => path)).to.deep.equal(['/interaction/uid-1/continue']);
    expect(posted[0]!.at - answeredAt).to.be.within(0, 1500); // half a second, and a loaded machine
    await page.close();
  });

  it('approved: takes the box along that has the browser remembered, ticked while the phone was waited for', async () => {
    const { page } = await open('waiting-unknown');
    expect(await page.$eval('#remember', (box) => box.checkVisibility())).to.equal(true);
    await page.click('label[for=remember]');
    for (let i = 0; held.size === 0 && i < 100; i++) await new Promise((resolve) => setTimeout(resolve, 50));
    for (const response of held) json(response, { v: 'v2', state: 'approved', secondsLeft: 80 });
    held.clear();
    await page.waitForFunction("document.title === 'Elsewhere'");
    expect(posted).to.have.length(1);
    expect(new URLSearchParams(posted[0]!.body).get('remember')).to.equal('yes');
    await page.close();
  });

  it('pending: shows each step of a device, says it once, sends the version it has seen', async () => {
    const versions: (string | null)[] = [];
    const parked: ServerResponse[] = [];
    answerPoll = (request, response) => {
      versions.push(new URL(request.url!, server.origin).searchParams.get('v'));
      if (versions.length > 1) parked.push(response);
      else {
        json(response, {
          v: 'v2',
          state: 'pending',
          secondsLeft: 60,
          devices: [deviceProgress('Pixel 9', 'answered'), deviceProgress('Work iPad', 'sent')],
        });
      }
    };
    const { page } = await open('waiting');
    await page.waitForFunction("document.querySelectorAll('.device .on').length === 5");
    expect(await page.$eval('#announce', (node) => node.textContent)).to.equal('Pixel 9: Answered');
    await page.waitForFunction("document.getElementById('time').textContent.startsWith('5')");
    for (let i = 0; versions.length < 2 && i < 100; i++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(versions).to.deep.equal(['v1', 'v2']);
    await page.close();
  });

  it('denied: goes to the page that says so, by a plain GET', async () => {
    const { page } = await open('waiting');
    // The page may have loaded before its first poll arrived here.
    while (![...held].some((response) => !response.destroyed))
      await new Promise((resolve) => setTimeout(resolve, 20));
    const loaded = page.waitForNavigation();
    answerPoll = (_, response) => response.destroy();
    for (const response of held)
      if (!response.destroyed) json(response, { v: 'v3', state: 'denied', secondsLeft: 0 });
    await loaded;
    expect(posted).to.deep.equal([]);
    expect(new URL(page.url()).pathname).to.equal('/waiting');
    await page.close();
  });

  it('a failing server changes nothing: the page asks again and goes on', async () => {
    let asked = 0;
    answerPoll = (_, response) => {
      asked += 1;
      if (asked === 1) response.writeHead(503).end();
      else if (asked === 2) response.writeHead(200).end('<not json>');
      else json(response, { v: 'v2', state: 'approved', secondsLeft: 50 });
    };
    const { page } = await open('waiting');
    await page.waitForFunction("document.title === 'Elsewhere'");
    expect(asked).to.equal(3);
    await page.close();
  });

  it('"send again" wakes later, in a page that just sent', async () => {
    const { page } = await open('waiting-unknown');
    expect(
      await page.$eval('#resend', (button) => (button as unknown as { disabled: boolean }).disabled),
    ).to.equal(true);
    await page.close();
  });

  it('without scripts: the button is there, and goes on', async () => {
    const page = await browser.newPage();
    await page.setJavaScriptEnabled(false);
    await page.goto(`${server.origin}/waiting`);
    await page.waitForSelector('#continue', { visible: true });
    await Promise.all([page.waitForNavigation(), page.click('#continue')]);
    expect(posted.map(({ path }) => path)).to.deep.equal(['/interaction/uid-1/continue']);
    await page.close();
  });
});
