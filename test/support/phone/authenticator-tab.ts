import type { Tab } from '../browser-tab.ts';

/** What a person does in the web authenticator. */

/** From an opened enrolment link to the fingerprint. @returns it */
export async function addPhone(tab: Tab, name: string): Promise<string> {
  await giveName(tab, name);
  return fingerprintShown(tab);
}

export async function giveName(tab: Tab, name: string): Promise<void> {
  await tab.untilHeading('Add this phone');
  await tab.page.evaluate(`document.querySelector('#name').value = ''`);
  await tab.page.type('#name', name);
  await tab.click('Add this phone');
}

export async function fingerprintShown(tab: Tab): Promise<string> {
  await tab.untilHeading('Now confirm in the browser');
  return (await tab.read<string>(`document.querySelector('#fingerprint').innerText`)) ?? '';
}

/** After the browser has confirmed. */
export async function finishAdding(tab: Tab): Promise<void> {
  await tab.untilHeading('This phone is ready');
  await tab.click('Done');
  await tab.untilHeading('Nothing is waiting');
}

/** Types the number of the browser into the request that is shown. */
export async function typeNumber(tab: Tab, number: string): Promise<void> {
  await tab.until(`document.querySelector('#number:not(:disabled)')`, 'the field for the number');
  await tab.page.type('#number', number);
}

export async function approve(tab: Tab, number: string): Promise<void> {
  await typeNumber(tab, number);
  await tab.click('Approve');
}

/** A number of as many digits that is another one. */
export function wrongNumber(number: string): string {
  return `${number.slice(0, -1)}${(Number(number.at(-1)) + 1) % 10}`;
}
