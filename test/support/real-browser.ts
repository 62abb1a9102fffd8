import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { Tab } from './browser-tab.ts';

export interface BrowserKind {
  readonly name: 'Chromium' | 'Firefox';
  /** A headless browser; without scripts when asked. */
  launch(options?: { scripts?: boolean }): Promise<RealBrowser>;
}

/** Both engines that the pages must work in. */
export const BROWSERS: readonly BrowserKind[] = [
  {
    name: 'Chromium',
    async launch({ scripts = true } = {}) {
      const browser = await puppeteer.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
      return new RealBrowser(browser, async (page) => {
        if (!scripts) await page.setJavaScriptEnabled(false);
        return Tab.on(page);
      });
    },
  },
  {
    name: 'Firefox',
    async launch({ scripts = true } = {}) {
      // Firefox's WebDriver BiDi has no command to turn scripts off; its preference does.
      const browser = await puppeteer.launch({
        browser: 'firefox',
        executablePath: '/usr/bin/firefox-esr',
        extraPrefsFirefox: { 'javascript.enabled': scripts },
      });
      // Without scripts the driver's search for the place to click never ends.
      return new RealBrowser(browser, (page) => Tab.on(page, { byKeyboard: !scripts }));
    },
  },
];

/** One person's browser: cookies of its own, tabs that share them. */
export interface Profile {
  tab(): Promise<Tab>;
}

export class RealBrowser {
  private readonly browser: Browser;
  private readonly tabOn: (page: Page) => Promise<Tab>;
  private open: { close(): Promise<void> }[] = [];

  constructor(browser: Browser, tabOn: (page: Page) => Promise<Tab>) {
    this.browser = browser;
    this.tabOn = tabOn;
  }

  async profile(): Promise<Profile> {
    const context = await this.browser.createBrowserContext();
    this.open.push(context);
    return {
      tab: async () => this.tabOn(await context.newPage()),
    };
  }

  /** Ends every profile, so that the next test starts with none. */
  async forget(): Promise<void> {
    const open = this.open;
    this.open = [];
    for (const context of open) await context.close();
  }

  async close(): Promise<void> {
    await this.browser.close();
  }
}
