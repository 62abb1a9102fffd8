import { createDeviceClient, type DeviceClient } from '../../src/protocol/device-client.ts';
import type { EnrolmentTicket } from '../../src/protocol/enrolment.ts';
import { parseEnrolmentLink } from '../../src/protocol/enrolment-link.ts';
import { nobleKey } from '../../src/terminal-device/noble-key.ts';
import type { TestBrowser, TestPage } from './test-browser.ts';
import type { PersonName, World } from './walk-world.ts';

/** Steps on a person's own pages, as the person takes them. */

/** Signs in at `/account`, by password and device where it is asked. */
export async function openAccount(
  world: World,
  browser: TestBrowser,
  name: PersonName = 'alice',
): Promise<TestPage> {
  let page = await browser.open(`${world.issuer}/account`);
  for (let step = 0; step < 4; step++) {
    const prompt = world.promptOf(page);
    if (prompt === 'login') page = await world.password(browser, page, name);
    else if (prompt === 'push') page = await world.approve(browser, page, name);
    else break;
  }
  if (!isOverview(page)) throw new Error(`not signed in: ${page.status} "${page.title}" ${page.url}`);
  return page;
}

export const isOverview = (page: TestPage): boolean => page.forms.some(({ id }) => id === 'add-form');

/** Posts the one form whose address ends so, and follows. */
export async function postTo(
  browser: TestBrowser,
  page: TestPage,
  step: string,
  fields: Record<string, string> = {},
): Promise<TestPage> {
  const form = page.forms.find(({ action }) => action.endsWith(step));
  if (!form) throw new Error(`no form to ${step} on "${page.title}" (${page.status} ${page.url})`);
  return browser.follow(await browser.request(form.action, { form: { ...form.fields, ...fields } }));
}

/** What the page with the code says: the link's ticket and the typed code. */
export function ticketOf(page: TestPage): { secret: string; code: string } {
  const link = /id="enrol-link" href="([^"]+)"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&');
  const code = /id="enrol-code">([^<]+)</.exec(page.text)?.[1];
  if (!link || !code) throw new Error(`no link on "${page.title}"`);
  return { secret: parseEnrolmentLink(link)!.secret, code };
}

/** A device nobody knows yet: it has its key and takes a link or a code. */
export async function claimWith(
  world: World,
  ticket: EnrolmentTicket,
  name = 'New phone',
): Promise<{ id: string; client: DeviceClient; fingerprint: string }> {
  const client = createDeviceClient({ issuer: world.issuer, fetch, key: nobleKey('EdDSA') });
  const { device } = await client.enrol({ ticket, name, kind: 'terminal' });
  return { id: device.id, client, fingerprint: device.fingerprint };
}

export const reload = (browser: TestBrowser, page: TestPage): Promise<TestPage> => browser.open(page.url);
