import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Assets, loadAssets } from './assets.ts';

/** The name our pages know it by. */
export const WEBAUTHN_LIBRARY = 'simplewebauthn.js';

/** Every asset of our pages: those in `views/assets`, and the browser half of SimpleWebAuthn as its authors bundle it. */
export function loadPageAssets(viewsDir: string): Assets {
  return loadAssets(join(viewsDir, 'assets'), '/assets/', new Map([[WEBAUTHN_LIBRARY, webauthnLibrary()]]));
}

/** With its licence ahead, which wants to go along. */
function webauthnLibrary(): Buffer {
  const main = createRequire(import.meta.url).resolve('@simplewebauthn/browser');
  const folder = dirname(dirname(main));
  const licence = readFileSync(join(folder, 'LICENSE.md'), 'utf8').replaceAll('*/', '');
  const bundle = readFileSync(join(folder, 'dist/bundle/index.umd.min.js'), 'utf8');
  return Buffer.from(`/*!\n@simplewebauthn/browser\n${licence}*/\n${bundle}`);
}
