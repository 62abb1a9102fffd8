import { keys } from '../../src/store/keys.ts';
import type { TestBrowser, TestPage } from './test-browser.ts';
import type { Tokens, World } from './walk-world.ts';

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/** Posts one step of a chain and stops there: where the browser would go on to. */
export async function stopBeforeResume(
  browser: TestBrowser,
  page: TestPage,
  step: 'continue' | 'consent' | 'cancel',
): Promise<string> {
  const form = page.forms.find(({ action }) => action.endsWith(`/${step}`));
  const answer = await browser.request(form?.action ?? `${page.url}/${step}`, { form: { ...form?.fields } });
  if (answer.next === undefined) throw new Error(`${step} led nowhere: ${answer.status} "${answer.title}"`);
  return answer.next;
}

/** Makes the consent page come again for every person and app named. */
export async function forgetConsent(world: World, ...clients: string[]): Promise<void> {
  for (const { account } of world.people.values()) {
    for (const client of clients) await world.store.delete(keys.consent(account.sub, client));
  }
}

/** The `code` of an answer that leads to the app. */
export function codeOf(page: { readonly next: string | undefined }): string | undefined {
  return (page.next && new URL(page.next).searchParams.get('code')) || undefined;
}

export interface DeviceCode {
  readonly device_code: string;
  readonly user_code: string;
}

/** What a television does first (RFC 8628 section 3.1). */
export async function startDevice(world: World, clientId = 'tv'): Promise<DeviceCode> {
  const scope = 'openid offline_access';
  const body = { client_id: clientId, scope, prompt: 'consent' };
  const answer = await world.postForm('/device_authorization', body, clientId);
  if (answer.status !== 200) throw new Error(`no device code: ${JSON.stringify(answer)}`);
  return answer as unknown as DeviceCode;
}

/** The person types the user code and confirms it; ends at the first page of the chain, or at a refusal. */
export async function enterUserCode(world: World, browser: TestBrowser, userCode: string): Promise<TestPage> {
  const input = await browser.open(`${world.issuer}/device`);
  const confirm = await browser.submit(input, 'op.deviceInputForm', { user_code: userCode });
  if (!confirm.forms.some(({ id }) => id === 'op.deviceConfirmForm')) return confirm;
  return browser.follow(await browser.submit(confirm, 'op.deviceConfirmForm', { confirm: 'yes' }));
}

export function pollDevice(world: World, code: DeviceCode, clientId = 'tv'): Promise<Tokens> {
  return world.postForm('/token', { grant_type: DEVICE_GRANT, device_code: code.device_code }, clientId);
}
