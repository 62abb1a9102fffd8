import type { Browser, Page } from 'puppeteer-core';
import { Tab } from '../browser-tab.ts';
import type { PushService } from '../push-service.ts';
import { eventually } from './arrivals.ts';
import type { DeliveryPlan } from './delivery.ts';
import type { NotificationDaemon } from './notification-daemon.ts';

export type PermissionState = 'granted' | 'prompt' | 'denied';

export interface Appearance {
  readonly scheme?: 'light' | 'dark';
  readonly reducedMotion?: boolean;
}

/** The push service a phone's browser is connected to. */
export interface PhonePushService {
  /** The half the provider sees: its certificate, how POSTs are answered, what was received. */
  readonly posts: PushService;
  readonly plan: DeliveryPlan;
  /** Where the provider reaches the subscription that the browser names so. */
  reachable(endpoint: string): string;
  dropConnections(): void;
  stop(): Promise<void>;
}

export const SCREENS = {
  usual: { width: 390, height: 844 },
  small: { width: 320, height: 568 },
} as const;

/** A real browser in the part of the phone: its own push service, notification shade, permissions and screen. */
export abstract class Phone {
  abstract readonly name: 'Chromium' | 'Firefox';
  readonly browser: Browser;
  readonly notifications: NotificationDaemon;
  /** URL of every request that a page made. */
  readonly requested: string[] = [];
  /** What the device API refused: status and path, e.g. `422 /device/v1/challenges/...`. */
  readonly refused: string[] = [];
  private readonly tabs = new Map<Page, Tab>();

  protected constructor(browser: Browser, notifications: NotificationDaemon) {
    this.browser = browser;
    this.notifications = notifications;
  }

  abstract readonly push: PhonePushService;

  /** Changes what this tab's pages (in Firefox: all tabs') are told about their surroundings. */
  abstract look(tab: Tab, appearance: Appearance): Promise<void>;

  async open(url: string, screen: { width: number; height: number } = SCREENS.usual): Promise<Tab> {
    const tab = await this.blank(screen);
    await tab.open(url);
    return tab;
  }

  /** An empty tab; the one before it is hidden from now on, unless this one has a window of its own. */
  async blank(
    screen: { width: number; height: number } = SCREENS.usual,
    type: 'tab' | 'window' = 'tab',
  ): Promise<Tab> {
    const page = await this.browser.newPage({ type });
    await page.setViewport(screen);
    return this.tabOf(page);
  }

  /** Waits for a page whose URL fits, such as one opened by a tap. */
  async tabAt(fits: (url: string) => boolean): Promise<Tab> {
    const page = await eventually('a page at the wanted URL', async () =>
      (await this.browser.pages()).find((one) => fits(one.url())),
    );
    return this.tabOf(page);
  }

  async notificationsAre(origin: string, state: PermissionState): Promise<void> {
    await this.browser
      .defaultBrowserContext()
      .setPermission(origin, { permission: { name: 'notifications' }, state });
  }

  async cameraIs(origin: string, state: PermissionState): Promise<void> {
    await this.browser
      .defaultBrowserContext()
      .setPermission(origin, { permission: { name: 'camera' }, state });
  }

  /** Clears what an origin has stored, as its person could in the browser's settings; permissions stay. */
  async forgetSite(origin: string, ...kept: 'localStorage'[]): Promise<void> {
    await this.closePages();
    const page = await this.browser.newPage();
    await page.goto(`${origin}/authenticator/nothing`); // a page of the origin without its scripts
    await page.evaluate(`(async () => {
      for (const { name } of await indexedDB.databases()) {
        await new Promise((resolve) => { indexedDB.deleteDatabase(name).onsuccess = resolve; });
      }
      for (const one of await navigator.serviceWorker.getRegistrations()) await one.unregister();
      for (const name of await caches.keys()) await caches.delete(name);
      if (${!kept.includes('localStorage')}) localStorage.clear();
    })()`);
    await page.close();
  }

  /** What the consoles of all tabs showed in red, without the lines Chromium prints for what is in `refused`. */
  complaints(): readonly string[] {
    const printed = this.refused.map((answer) => `status of ${answer.slice(0, 3)} `);
    return [...this.tabs.values()]
      .flatMap(({ complaints }) => complaints)
      .filter((line) => {
        const at = printed.findIndex((status) => line.includes(status));
        if (at >= 0) printed.splice(at, 1);
        return at < 0;
      });
  }

  /** Closes every page; service workers live on. */
  async closePages(): Promise<void> {
    const pages = await this.browser.pages();
    await this.browser.newPage(); // the last page takes the browser along
    for (const page of pages) await page.close();
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.push.stop();
    await this.notifications.stop();
  }

  private async tabOf(page: Page): Promise<Tab> {
    const known = this.tabs.get(page);
    if (known) return known;
    const tab = await Tab.on(page);
    page.on('request', (request) => this.requested.push(request.url()));
    page.on('response', (response) => {
      const { pathname } = new URL(response.url());
      if (response.status() >= 400 && pathname.startsWith('/device/v1/'))
        this.refused.push(`${response.status()} ${pathname}`);
    });
    this.tabs.set(page, tab);
    return tab;
  }
}
