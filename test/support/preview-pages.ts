/**
 * Photographs every page: `node test/support/preview-pages.ts FOLDER [ID ...]`. For looking at, while templates and
 * styles are written; `docs/screenshots` is made with it too.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';
import { samples } from './page-samples.ts';
import { startPageServer } from './page-server.ts';

const [folder, ...only] = process.argv.slice(2);
if (folder === undefined) throw new Error('name the folder for the pictures');
mkdirSync(folder, { recursive: true });

const SIZES = [
  { name: 'wide', width: 1100, height: 900 },
  { name: 'phone', width: 390, height: 844 },
  { name: 'small', width: 320, height: 568 },
];

const server = await startPageServer();
const browser = await puppeteer.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  const page = await browser.newPage();
  for (const { id } of samples) {
    if (only.length > 0 && !only.includes(id)) continue;
    for (const scheme of ['light', 'dark']) {
      await page.emulateMediaFeatures([
        { name: 'prefers-color-scheme', value: scheme },
        { name: 'prefers-reduced-motion', value: 'reduce' },
      ]);
      for (const { name, width, height } of SIZES) {
        await page.setViewport({ width, height });
        await page.goto(`${server.origin}/${id}?still`, { waitUntil: 'load' });
        await page.evaluate('document.activeElement?.blur()');
        await page.screenshot({
          path: join(folder, `${id}-${scheme}-${name}.png`),
          fullPage: name !== 'wide',
        });
      }
    }
  }
} finally {
  await browser.close();
  await server.close();
}
