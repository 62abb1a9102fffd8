/**
 * Photographs a sign-in as the real server draws it: `node test/support/photograph-sign-in.ts FOLDER`.
 * `docs/screenshots` is made with it.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Tab } from './browser-tab.ts';
import { BrowserWorld } from './browser-world.ts';
import { later } from './clock.ts';
import { BROWSERS } from './real-browser.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('name the folder for the pictures');
mkdirSync(folder, { recursive: true });

const SIZES = [
  { suffix: '', width: 1100, height: 900 },
  { suffix: '-phone', width: 390, height: 844 },
];

async function photograph(tab: Tab, name: string): Promise<void> {
  for (const scheme of ['light', 'dark']) {
    await tab.page.emulateMediaFeatures([
      { name: 'prefers-color-scheme', value: scheme },
      { name: 'prefers-reduced-motion', value: 'reduce' },
    ]);
    for (const { suffix, width, height } of SIZES) {
      await tab.page.setViewport({ width, height, deviceScaleFactor: suffix ? 2 : 1 });
      await tab.read('document.activeElement?.blur()');
      await tab.page.screenshot({ path: join(folder!, `${name}-${scheme}${suffix}.png`) });
    }
  }
}

/** The ring says more once a part of the time is gone, and "Send again" is awake. */
async function someTimeLater(tab: Tab): Promise<void> {
  later(34);
  await tab.page.reload();
  await tab.number();
}

const world = await BrowserWorld.start({ appName: 'Grafana' });
const browser = await BROWSERS[0]!.launch();
try {
  const ada = await world.person('Pixel 9', 'ada@example.org');
  const profile = await browser.profile();
  const tab = await profile.tab();
  await tab.open(world.request({ scope: 'openid email profile' }).url);
  await photograph(tab, 'sign-in');

  let number = await world.upToNumber(tab, ada, world.request({ scope: 'openid email profile' }));
  await someTimeLater(tab);
  await photograph(tab, 'waiting-unknown');
  await ada.device.approve(number);
  await tab.untilHeading('Allow access?');
  await photograph(tab, 'consent');
  await world.allow(tab);

  // This browser is known now.
  number = await world.upToNumber(tab, ada, world.request({ prompt: 'login' }));
  const { id } = await ada.device.newest();
  await ada.device.client.receipt(id, 'opened');
  await tab.until(`document.body.innerText.includes('Opened, waiting for the answer')`);
  await someTimeLater(tab);
  await photograph(tab, 'waiting');
  await ada.device.deny();
  await tab.untilHeading('This sign-in was denied');
  await photograph(tab, 'denied');
} finally {
  await browser.close();
  await world.close();
}
