import puppeteer, { type Browser } from 'puppeteer-core';
import type { Tab } from '../browser-tab.ts';
import { eventually } from './arrivals.ts';
import { MozillaPushService } from './mozilla-push-service.ts';
import { NotificationDaemon } from './notification-daemon.ts';
import { type Appearance, type PermissionState, Phone } from './phone.ts';

/** As far as puppeteer's BiDi connection is used for what it has no method for. */
interface BidiBrowser {
  readonly connection: { send(method: string, params: object): Promise<{ result: unknown }> };
}

const PERMISSION_PREF = { granted: 1, prompt: 0, denied: 2 } as const;

/** Firefox ESR with Mozilla's push protocol. */
export class FirefoxPhone extends Phone {
  readonly name = 'Firefox';
  readonly push: MozillaPushService;
  private readonly bidi: BidiBrowser['connection'];
  private readonly chrome: string;

  private constructor(
    browser: Browser,
    notifications: NotificationDaemon,
    push: MozillaPushService,
    bidi: BidiBrowser['connection'],
    chrome: string,
  ) {
    super(browser, notifications);
    this.push = push;
    this.bidi = bidi;
    this.chrome = chrome;
  }

  /** @param options.notifications what pages may do before they were told anything else; granted by default. */
  static async start(
    options: { notifications?: PermissionState; prefs?: Record<string, unknown> } = {},
  ): Promise<FirefoxPhone> {
    const push = await MozillaPushService.start();
    const notifications = await NotificationDaemon.start();
    const browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath: '/usr/bin/firefox-esr',
      args: ['--remote-allow-system-access'],
      env: { ...process.env, DBUS_SESSION_BUS_ADDRESS: notifications.address },
      extraPrefsFirefox: {
        'dom.push.serverURL': push.url,
        'dom.push.testing.allowInsecureServerURL': true,
        'dom.push.connection.enabled': true,
        'dom.push.retryBaseInterval': 200,
        'permissions.default.desktop-notification': PERMISSION_PREF[options.notifications ?? 'granted'],
        // navigator.storage.persist() asks its person, where it is not told to answer by itself.
        'dom.storageManager.prompt.testing': true,
        'dom.storageManager.prompt.testing.allow': true,
        ...options.prefs,
      },
    });
    const bidi = (browser as unknown as BidiBrowser).connection;
    const { result } = await bidi.send('browsingContext.getTree', { 'moz:scope': 'chrome', maxDepth: 0 });
    const [first] = (result as { contexts: { context: string }[] }).contexts;
    if (!first) throw new Error('Firefox has no window');
    return new FirefoxPhone(browser, notifications, push, bidi, first.context);
  }

  async look(tab: Tab, { scheme, reducedMotion }: Appearance): Promise<void> {
    if (scheme) {
      const value = scheme === 'dark' ? 0 : 1;
      await this.privileged(
        `Services.prefs.setIntPref('layout.css.prefers-color-scheme.content-override', ${value})`,
      );
      await tab.until(`matchMedia('(prefers-color-scheme: ${scheme})').matches`);
    }
    if (reducedMotion !== undefined) {
      await this.privileged(`Services.prefs.setIntPref('ui.prefersReducedMotion', ${Number(reducedMotion)})`);
      const query = `(prefers-reduced-motion: ${reducedMotion ? 'reduce' : 'no-preference'})`;
      await tab.until(`matchMedia('${query}').matches`);
    }
  }

  /** For every origin: Firefox's BiDi does not know this permission. */
  override async cameraIs(_origin: string, state: PermissionState): Promise<void> {
    await this.privileged(
      `Services.prefs.setIntPref('permissions.default.camera', ${PERMISSION_PREF[state]})`,
    );
  }

  /** Presses the first button ("Allow") of the browser's own question. */
  async allowWhatIsAsked(): Promise<void> {
    await eventually('a question of Firefox', () =>
      this.privileged(`(() => {
        const { panel } = PopupNotifications;
        if (panel.state !== 'open') return false;
        panel.firstElementChild.button.click();
        return true;
      })()`),
    );
  }

  /** Runs an expression in the browser itself. @returns what it is, if that is a plain value */
  async privileged(expression: string): Promise<unknown> {
    const { result } = await this.bidi.send('script.evaluate', {
      expression,
      target: { context: this.chrome },
      awaitPromise: true,
      resultOwnership: 'none',
    });
    const outcome = result as {
      type: string;
      exceptionDetails?: { text: string };
      result?: { value?: unknown };
    };
    if (outcome.type === 'exception') throw new Error(outcome.exceptionDetails?.text);
    return outcome.result?.value;
  }
}
