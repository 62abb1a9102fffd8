import puppeteer, { type Browser } from 'puppeteer-core';
import type { Tab } from '../browser-tab.ts';
import { ChromiumPushService } from './chromium-push-service.ts';
import { NotificationDaemon } from './notification-daemon.ts';
import { type Appearance, Phone } from './phone.ts';

/** Chromium with Google's push protocol. */
export class ChromiumPhone extends Phone {
  readonly name = 'Chromium';
  readonly push: ChromiumPushService;

  private constructor(browser: Browser, notifications: NotificationDaemon, push: ChromiumPushService) {
    super(browser, notifications);
    this.push = push;
  }

  /** @param options.flags further ones, e.g. those of a camera. */
  static async start(options: { flags?: readonly string[] } = {}): Promise<ChromiumPhone> {
    const push = await ChromiumPushService.start();
    const notifications = await NotificationDaemon.start();
    const browser = await puppeteer.launch({
      executablePath: '/usr/bin/chromium',
      env: { ...process.env, DBUS_SESSION_BUS_ADDRESS: notifications.address },
      args: [
        '--no-sandbox',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-quic',
        '--disable-sync',
        ...push.flags,
        ...(options.flags ?? []),
      ],
    });
    return new ChromiumPhone(browser, notifications, push);
  }

  async look(tab: Tab, { scheme, reducedMotion }: Appearance): Promise<void> {
    await tab.page.emulateMediaFeatures([
      ...(scheme ? [{ name: 'prefers-color-scheme', value: scheme }] : []),
      ...(reducedMotion === undefined
        ? []
        : [{ name: 'prefers-reduced-motion', value: reducedMotion ? 'reduce' : 'no-preference' }]),
    ]);
  }
}
