import type { ElementHandle, Page } from 'puppeteer-core';

/** A loaded machine is slow; a test that waits for a condition loses nothing by patience. */
const PATIENCE_MS = 60_000;
const LOOK_AGAIN_MS = 50;

/** A tab as its person uses it: reads what is shown, types and clicks, and waits for what it expects. */
export class Tab {
  readonly page: Page;
  /** What the browser's console would show in red: errors of scripts, refusals of the CSP, failed loads. */
  readonly complaints: string[] = [];
  /** Statuses of this tab's long polls, in the order they were answered. */
  readonly polls: number[] = [];

  private asked = 0;
  private readonly byKeyboard: boolean;

  private constructor(page: Page, byKeyboard: boolean) {
    this.page = page;
    this.byKeyboard = byKeyboard;
  }

  /** @param options.byKeyboard presses buttons by Enter, where the driver cannot find out where they are. */
  static async on(page: Page, options: { byKeyboard?: boolean } = {}): Promise<Tab> {
    const tab = new Tab(page, options.byKeyboard ?? false);
    page.setDefaultTimeout(PATIENCE_MS);
    page.setDefaultNavigationTimeout(PATIENCE_MS);
    page.on('console', (message) => {
      if (message.type() === 'error') tab.complaints.push(message.text());
    });
    page.on('pageerror', (error) => tab.complaints.push(String(error)));
    page.on('request', (request) => {
      if (isPoll(request.url())) tab.asked += 1;
    });
    page.on('response', (response) => {
      if (isPoll(response.url())) tab.polls.push(response.status());
    });
    await page.evaluateOnNewDocument(
      `document.addEventListener('securitypolicyviolation', (event) => {
        console.error('CSP refused ' + event.violatedDirective + ' ' + event.blockedURI);
      });`,
    );
    return tab;
  }

  async open(url: string): Promise<void> {
    await this.page.goto(url, { waitUntil: 'load' });
  }

  /** What an expression is in the page of now, or `undefined` while one page gives way to the next. */
  async read<T>(expression: string): Promise<T | undefined> {
    return (await this.page.evaluate(expression).catch(() => undefined)) as T | undefined;
  }

  /** Waits until an expression is true, over any number of pages. @throws with what the tab shows instead. */
  async until(expression: string, what = expression): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    while ((await this.read<boolean>(`Boolean(${expression})`)) !== true) {
      if (performance.now() > end) {
        throw new Error(`waited for ${what}, but ${this.page.url()} shows: ${await this.text()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  /** The page's text as it is drawn. */
  async text(): Promise<string> {
    return (await this.read<string>(`document.body.innerText`)) ?? '';
  }

  async heading(): Promise<string> {
    return (await this.read<string>(`document.querySelector('h1').innerText`)) ?? '';
  }

  async untilHeading(words: string): Promise<void> {
    const is = `document.querySelector('h1')?.innerText === ${JSON.stringify(words)}`;
    await this.until(`${is} && document.readyState === 'complete'`, `the heading "${words}"`);
  }

  async untilAt(url: string): Promise<void> {
    await this.until(`location.href === ${JSON.stringify(url)} && document.readyState === 'complete'`, url);
  }

  /** Clicks the button or link that says so. */
  async click(label: string): Promise<void> {
    // One expression, and not puppeteer's own search: that one needs promises of the page, which Firefox never
    // settles without scripts.
    const path = `//*[self::button or self::a][normalize-space()="${label}"]`;
    const found = `document.evaluate('${path}', document, null, 9).singleNodeValue`;
    await this.until(found, `"${label}"`);
    const button = (await this.page.evaluateHandle(found)).asElement() as ElementHandle | null;
    if (this.byKeyboard) await button!.press('Enter');
    else await button!.click();
  }

  /** Clicks, and waits until another page is there. */
  async clickAway(label: string): Promise<void> {
    await this.page.evaluate('window.before = true');
    await this.click(label);
    await this.until(`!window.before && document.readyState === 'complete'`, `the page after "${label}"`);
  }

  /** Waits until a poll is under way. */
  async untilPolling(): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    while (this.asked <= this.polls.length) {
      if (performance.now() > end) throw new Error('the page does not poll');
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  async logIn(userName: string, password: string): Promise<void> {
    await this.untilHeading('Sign in');
    await this.page.type('#username', userName);
    await this.page.type('#password', password);
    await this.click('Continue');
  }

  /** The number as the page draws it, once it waits for the phone. */
  async number(): Promise<string> {
    await this.untilHeading('Check your phone');
    const drawn =
      (await this.read<string>(`document.querySelector('#number [aria-hidden]').innerText`)) ?? '';
    return drawn.replace(/\s/gu, '');
  }
}

function isPoll(url: string): boolean {
  return URL.parse(url)?.pathname.endsWith('/poll') ?? false;
}
