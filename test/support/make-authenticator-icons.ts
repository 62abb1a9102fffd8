import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';

/** Makes the PNG icons of `src/authenticator/pictures` from the drawing below: `node test/support/make-authenticator-icons.ts`. */

const FOLDER = join(import.meta.dirname, '../../src/authenticator/pictures');

/** The ring with its dot. @param edge corner radius of 100; @param scale of the ring */
const drawing = (
  edge: number,
  scale: number,
) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">
  <title>Countersign</title>
  <rect width="100" height="100" rx="${edge}" fill="#2a3f8f"/>
  <g transform="translate(50 50) scale(${scale})" fill="none" stroke="#fff" stroke-linecap="round">
    <circle r="24" stroke-width="7" stroke-dasharray="114 37" transform="rotate(-90)"/>
    <path d="M0 0h0" stroke-width="14"/>
  </g>
</svg>
`;

const ROUND = drawing(22, 1.15);
/** A launcher cuts its own shape out of it: only the middle 80 % are safe. */
const WHOLE = drawing(0, 1);
const PICTURES = [
  { name: 'icon-192.png', size: 192, svg: ROUND },
  { name: 'icon-512.png', size: 512, svg: ROUND },
  { name: 'icon-maskable-512.png', size: 512, svg: WHOLE },
  { name: 'icon-180.png', size: 180, svg: WHOLE },
];

await writeFile(join(FOLDER, 'icon.svg'), ROUND);
const browser = await puppeteer.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  const page = await browser.newPage();
  for (const { name, size, svg } of PICTURES) {
    await page.setViewport({ width: size, height: size });
    await page.setContent(`<style>body{margin:0}svg{display:block;width:${size}px}</style>${svg}`);
    await page.screenshot({ path: join(FOLDER, name) as `${string}.png`, omitBackground: true });
  }
} finally {
  await browser.close();
}
