import { isDeepStrictEqual } from 'node:util';
import type { WaitingAnswer } from '../http/models/shown-number.ts';
import type { DeviceClient } from '../protocol/device-client.ts';
import { ACR, AMR } from '../session/ladder.ts';
import { runTerminalDevice } from '../terminal-device/run.ts';
import { DEMO_PASSWORD, DEMO_USER } from './demo-records.ts';
import { type Browser, createBrowser, type Page } from './scripted-browser.ts';
import type { WalkLines } from './walk-lines.ts';

/** One step did not end as it should; `cause` says why. */
export class WalkFailed extends Error {
  override readonly name = 'WalkFailed';
  readonly step: string;
  constructor(step: string, cause: unknown) {
    super(`“${step}” failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.step = step;
  }
}

export interface WalkOptions {
  readonly issuer: string;
  readonly appOrigin: string;
  readonly device: DeviceClient;
  readonly lines: WalkLines;
  readonly signal: AbortSignal;
  /** Default: the demo user's. */
  readonly password?: string;
}

/** What the app was told. */
export interface Walked {
  readonly idToken: Readonly<Record<string, unknown>>;
  readonly userInfo: Readonly<Record<string, unknown>>;
}

/**
 * Signs the demo user in to the demo app once, over HTTP: a scripted browser types the password, reads the number off
 * the waiting page and hands it to the demo device, which shows the request, signs and sends its approval.
 *
 * @throws WalkFailed
 */
export async function walk(options: WalkOptions): Promise<Walked> {
  const { issuer, appOrigin, lines, signal } = options;
  const browser = createBrowser({ onRequest: lines.browser, signal });

  async function step<T>(title: string, run: () => Promise<T>): Promise<T> {
    lines.step(title);
    try {
      return await run();
    } catch (error) {
      throw new WalkFailed(title, error);
    }
  }

  const home = await step('The demo app is opened', async () => {
    const page = await browser.open(`${appOrigin}/`);
    expectPage(page, page.element('sign-in') !== undefined, 'the app’s page with its Sign in link');
    return page;
  });

  const password = await step('Sign in: the app sends the browser to Countersign', async () => {
    const page = await browser.follow(home, 'sign-in');
    expectPage(page, page.element('password') !== undefined, 'the password page');
    return page;
  });

  const waiting = await step('The password is given; the device is asked', async () => {
    const fields = { username: DEMO_USER, password: options.password ?? DEMO_PASSWORD };
    const page = await browser.submit(password, 'login-submit', fields);
    const problem = page.element('login-problem')?.text;
    expectPage(page, problem === undefined, `the waiting page, but it says: ${problem}`);
    expectPage(page, numberOn(page) !== undefined, 'the waiting page with its number');
    lines.say(`the page shows the number ${numberOn(page)}`);
    return page;
  });

  await step('The device shows the request, and approves it with the number and its key', () =>
    approve(options, browser, waiting),
  );

  const consent = await step('The browser goes on by itself', async () => {
    const page = await browser.submit(waiting, 'continue-form');
    const there = page.forms.some(({ id }) => id === 'consent-form') || page.url.startsWith(`${appOrigin}/`);
    expectPage(page, there, 'the consent page');
    return page;
  });

  const signedIn = await step(
    'Consent is given; the app redeems the code and checks the ID token',
    async () => {
      const asked = !consent.url.startsWith(`${appOrigin}/`);
      if (!asked) lines.say('consent was given before');
      const page = asked ? await browser.submit(consent, 'consent-submit') : consent;
      expectPage(page, page.element('id-token') !== undefined, 'the app’s page with the ID token');
      lines.say(page.element('how')?.text ?? '');
      return page;
    },
  );

  const idToken = await step('The ID token says', async () => {
    const claims = readJson(signedIn, 'id-token');
    lines.json(claims);
    checkIdToken(claims, issuer);
    return claims;
  });

  const userInfo = await step('Userinfo says', async () => {
    const claims = readJson(await browser.follow(signedIn, 'userinfo-link'), 'userinfo');
    lines.json(claims);
    expectClaim('sub', claims['sub'], idToken['sub']);
    return claims;
  });
  return { idToken, userInfo };
}

/** The device answers while the browser's long poll is parked, as it is with people. */
async function approve(options: WalkOptions, browser: Browser, waiting: Page): Promise<void> {
  const { issuer, device, lines } = options;
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const shown: string[] = [];
  const ui = {
    show(text: string) {
      shown.push(text);
      lines.say(text.trimStart());
    },
    ask: async () => undefined,
  };
  const autoApprove = { numberFor: async () => numberOn(waiting) };
  const run = runTerminalDevice({ client: device, issuer, ui, signal, autoApprove });
  const failed = run.then((outcome) => {
    throw new Error(`the device ended (${outcome}): ${shown.at(-1)?.trim() ?? 'it was shown nothing'}`);
  });
  try {
    const state = await Promise.race([answered(browser, waiting), failed]);
    if (state !== 'approved')
      throw new Error(`the request is ${state}. The device said: ${shown.at(-1)?.trim()}`);
  } finally {
    stop.abort();
    await run.catch(() => {});
  }
}

/** What the waiting page's script does: polls until something else than `pending` comes. */
async function answered(browser: Browser, waiting: Page): Promise<WaitingAnswer['state']> {
  const { 'data-poll': poll = '', 'data-version': first = '' } = waiting.element('card')?.attributes ?? {};
  for (let v = first; ; ) {
    const url = new URL(poll, waiting.url);
    url.searchParams.set('v', v);
    const response = await browser.request(waiting, url.href);
    if (!response.ok) throw new Error(`the long poll answered HTTP ${response.status}`);
    const answer = (await response.json()) as WaitingAnswer;
    if (answer.state !== 'pending') return answer.state;
    v = answer.v;
  }
}

const numberOn = (page: Page) => page.element('number')?.attributes['data-number'];

function readJson(page: Page, id: string): Record<string, unknown> {
  expectPage(page, page.element(id) !== undefined, `a page with #${id}`);
  return JSON.parse(page.element(id)?.text ?? '') as Record<string, unknown>;
}

/** `wanted` completes “wanted …”. */
function expectPage(page: Page, right: boolean, wanted: string): void {
  if (right && page.status === 200) return;
  const said = page.text.length > 200 ? `${page.text.slice(0, 200)}…` : page.text;
  throw new Error(`wanted ${wanted}; got HTTP ${page.status} at ${page.url}: ${said}`);
}

function expectClaim(name: string, got: unknown, wanted: unknown): void {
  if (isDeepStrictEqual(got, wanted)) return;
  throw new Error(`wanted ${name} ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`);
}

/** Beyond what `openid-client` has checked: the claims tell truly what was proved, and when. */
function checkIdToken(claims: Record<string, unknown>, issuer: string): void {
  expectClaim('iss', claims['iss'], issuer);
  expectClaim('acr', claims['acr'], ACR.push);
  expectClaim('amr', claims['amr'], AMR.push);
  const age = Math.floor(Date.now() / 1000) - Number(claims['auth_time']);
  if (!(age >= -5 && age < 120)) throw new Error(`wanted auth_time of this walk, got ${claims['auth_time']}`);
}
