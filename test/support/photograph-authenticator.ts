/**
 * Photographs every screen of the web authenticator in Chromium: `node test/support/photograph-authenticator.ts FOLDER`.
 * `docs/screenshots/authenticator` is made with it. What the server cannot be brought to ask for here (places, other
 * purposes) is put into the list that the page fetches; everything else is the real thing.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linkSecret } from '../../src/devices/enrolment-tickets.ts';
import type { SignedContext } from '../../src/protocol/context.ts';
import { enrolmentLink } from '../../src/protocol/enrolment-link.ts';
import { createOfflineCodes } from '../../src/recovery/offline-codes.ts';
import { createSealing } from '../../src/recovery/sealing.ts';
import { BrowserWorld } from './browser-world.ts';
import { VirtualAuthenticator } from './phone/virtual-authenticator.ts';
import { BROWSERS } from './real-browser.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('name the folder for the pictures');
mkdirSync(folder, { recursive: true });

const SIZES = [
  { suffix: '', width: 390, height: 844 },
  { suffix: '-small', width: 320, height: 568 },
];
/** The page's list of requests, when `window.shown` is set. */
const SHOWN = `const real = window.fetch;
  window.fetch = async (url, init) => {
    const { shown } = window;
    if (!shown || !String(url).includes('/challenges?')) return real(url, init);
    if (window.given === shown) await new Promise((resolve) => setTimeout(resolve, 1000));
    window.given = shown;
    const body = { v: String(Math.random()), challenges: shown, server_time: Math.floor(Date.now() / 1000) };
    return new Response(JSON.stringify(body), { headers: { 'content-type': 'application/json' } });
  };`;

const secrets = await mkdtemp(join(tmpdir(), 'countersign-photographs-'));
const key = randomBytes(32);
const keyFile = join(secrets, 'offline.key');
await writeFile(keyFile, key.toString('base64'));
const world = await BrowserWorld.start({
  appName: 'Grafana',
  config: { factors: { offlineCode: { keyFile } } },
});
const offlineCodes = createOfflineCodes(world.server.services.store, createSealing([key]));
const browser = await BROWSERS[0]!.launch();
try {
  const { services, issuer } = world.server;
  const ada = await world.person('Old phone', 'ada@example.org');
  const phone = await (await browser.profile()).tab();
  const { page } = phone;
  await VirtualAuthenticator.on(phone);
  await page.evaluateOnNewDocument(SHOWN);

  const photograph = async (name: string) => {
    for (const scheme of ['light', 'dark']) {
      await page.emulateMediaFeatures([
        { name: 'prefers-color-scheme', value: scheme },
        { name: 'prefers-reduced-motion', value: 'reduce' },
      ]);
      for (const { suffix, width, height } of SIZES) {
        await page.setViewport({ width, height });
        await phone.read('document.activeElement?.blur()');
        await page.screenshot({ path: join(folder, `${name}-${scheme}${suffix}.png`) });
      }
    }
  };
  const ticket = async () => {
    const account = { account: ada.sub, userName: ada.userName };
    const enrolment = await services.enrolments.open({ ...account, approval: 'none' });
    return { id: enrolment.id, code: { issuer, secret: linkSecret(enrolment) } };
  };
  const now = () => Math.floor(Date.now() / 1000);
  const asked = (id: string, more: Partial<SignedContext> = {}) => ({
    id,
    nonce: 'n'.repeat(22),
    exp: now() + 86,
    digits: 6,
    state: 'pending',
    context: {
      ver: 1,
      purpose: 'sign-in',
      app: { name: 'Grafana', host: 'grafana.example.org' },
      account: ada.userName,
      address: '192.0.2.17',
      place: 'Switzerland',
      browser: 'Firefox',
      system: 'Linux',
      at: now() - 34,
      ...more,
    },
  });
  /** Shows these requests and no other. */
  const show = async (...requests: unknown[]) => {
    await page.reload();
    await page.evaluate(
      `window.shown = ${JSON.stringify(requests)}; document.dispatchEvent(new Event('visibilitychange'));`,
    );
    const wanted = requests.length > 1 ? '.request-choice' : '.request';
    await phone.until(`document.querySelectorAll('${wanted}').length === ${requests.length}`);
    await phone.read('new Promise((resolve) => setTimeout(resolve, 300))'); // the map comes a little later
  };

  await phone.open(`${issuer}/authenticator/`);
  await phone.untilHeading('Your phone signs you in');
  await photograph('welcome');
  await phone.click('Add your account');
  await phone.untilHeading('Add an account');
  await photograph('add-account');

  const { id, code } = await ticket();
  const link = enrolmentLink(`${issuer}/authenticator/enrol`, code);
  await phone.open(link);
  await phone.untilHeading('Add this phone');
  await photograph('add-name');
  await phone.click('Add this phone');
  await phone.untilHeading('Ask for your fingerprint, face or PIN?');
  await photograph('add-lock');
  await phone.click('Use this phone’s lock');
  await phone.untilHeading('Now confirm in the browser');
  await photograph('add-confirm');
  const claimed = await services.enrolments.find(ada.sub, id);
  await services.enrolments.confirm(ada.sub, id, claimed!.device!.thumbprint);
  await phone.untilHeading('This phone is ready');
  await photograph('add-done');
  await phone.click('Done');
  await phone.untilHeading('Nothing is waiting');
  await photograph('home');
  await phone.open(link);
  await phone.click('Add this phone');
  await phone.untilHeading('This code was used already');
  await photograph('add-used');
  await phone.click('Not now');

  await show(asked('a'));
  await page.type('#number', '482');
  await photograph('request');
  await show(asked('b', { purpose: 'step-up' }));
  await photograph('request-step-up');
  await show(asked('c', { purpose: 'device-code', place: 'France', system: 'Android TV' }));
  await photograph('request-device-code');
  const change = { act: 'add-device', name: 'Pixel 9', fingerprint: '7K3M-Q0ZD-9XWA-4T2B' };
  const account = { app: { name: 'Your account', host: new URL(issuer).host } };
  await show(asked('d', { purpose: 'factor-change', ...account, change }));
  await photograph('request-add-device');
  const unusual = ['A browser that has never signed you in.', 'You have not signed in from France before.'];
  await show(asked('g', { place: 'France', network: 'Example Telecom', unusual }));
  await photograph('request-unusual');
  const passkey = { act: 'add-passkey', name: 'Chrome on Windows', fingerprint: '7K3M-Q0ZD-9XWA-4T2B' };
  await show(asked('h', { purpose: 'factor-change', ...account, change: passkey }));
  await photograph('request-add-passkey');
  await show(asked('i', { purpose: 'factor-change', ...account, change: { act: 'offline-code-on' } }));
  await photograph('request-offline-codes');
  await show(asked('e'), asked('f', { purpose: 'factor-change', ...account, change }));
  await photograph('list');
  await page.reload();

  const desk = await (await browser.profile()).tab();
  const number = await world.upToNumber(desk, ada, world.request());
  await page.bringToFront();
  await phone.untilHeading('Is this you?');
  await page.type('#number', number);
  await phone.click('Approve');
  await phone.untilHeading('Approved');
  await photograph('approved');
  await phone.click('Done');

  await phone.until(`document.querySelector('.choice')`);
  await page.click('.choice');
  await phone.until(`document.querySelector('#name')`);
  await photograph('account');
  await phone.click('Offline code');
  await phone.until(`document.body.innerText.includes('Offline codes are off')`);
  await photograph('offline-code-off');
  await phone.click('Back');
  await offlineCodes.turnOn(ada.sub, 'a change');
  await phone.click('Offline code');
  await phone.until(`document.querySelector('#offline-code')`);
  await photograph('offline-code');
  await phone.click('Back');
  await phone.click('Recent activity');
  await phone.until(`document.querySelector('.events')`);
  await photograph('activity');
  await phone.click('Back');
  await phone.click('Back');

  // The report comes last: after it no new browser reaches the phone.
  for (const [label, heading] of [
    ['Deny', 'Denied'],
    ['This wasn’t me', 'Reported'],
  ] as const) {
    const desk = await (await browser.profile()).tab();
    const number = await world.upToNumber(desk, ada, world.request());
    await page.bringToFront();
    await phone.untilHeading('Is this you?');
    if (heading === 'Denied') {
      await page.type('#number', number === '000000' ? '000001' : '000000');
      await phone.click('Approve');
      await phone.until(`document.querySelector('.problem')?.innerText`);
      await photograph('request-wrong-number');
    }
    await phone.click(label);
    await phone.untilHeading(heading);
    await photograph(heading.toLowerCase());
    await phone.click('Done');
  }
  await phone.until(`document.querySelector('.choice')`);
  await page.click('.choice');
  await phone.until(`document.querySelector('#name')`);
  await photograph('account-reported');
  await phone.click('Secure my account');
  await phone.untilHeading('Secure your account?');
  await photograph('secure');
  await phone.click('Sign out everywhere and stop requests');
  await phone.untilHeading('Your account is secured');
  await photograph('secured');

  const [mine] = (await services.devices.active(ada.sub)).filter(({ kind }) => kind === 'web');
  await services.devices.revoke(ada.sub, mine!.id);
  await page.reload();
  await phone.untilHeading('This phone was removed');
  await photograph('removed');
} finally {
  await browser.close();
  await world.close();
  await rm(secrets, { recursive: true, force: true });
}
