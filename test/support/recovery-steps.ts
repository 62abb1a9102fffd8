import { makeRecoveryCodes } from '../../src/recovery/code-records.ts';
import type { TestBrowser, TestPage } from './test-browser.ts';
import type { PersonName, World } from './walk-world.ts';

/** The codes a page shows. */
export const codesOn = (page: TestPage): string[] =>
  [...page.text.matchAll(/<li class="mono">([0-9A-Z-]{19})<\/li>/g)].map(([, code = '']) => code);

/** Recovery codes, as an approved change makes them. */
export async function giveCodes(world: World, name: PersonName = 'alice'): Promise<readonly string[]> {
  const { sub } = world.person(name).account;
  return (await makeRecoveryCodes(world.store, sub, `change-${Math.random()}`))!;
}

/** From the page that waits for a device to the one that asks for a code. */
export function openLostPhone(browser: TestBrowser, waiting: TestPage): Promise<TestPage> {
  const [, href] = /id="lost-phone" href="([^"]+)"/.exec(waiting.text) ?? [];
  if (href === undefined) throw new Error(`no way to "I do not have my phone" on "${waiting.title}"`);
  return browser.open(new URL(href, waiting.url).href);
}

export async function typeCode(
  browser: TestBrowser,
  page: TestPage,
  code: string,
  more: Record<string, string> = {},
  stopAt?: (url: string) => boolean,
): Promise<TestPage> {
  return browser.follow(await browser.submit(page, 'lost-phone-form', { code, ...more }), stopAt);
}
