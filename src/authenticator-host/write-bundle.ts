import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleSources, LIST } from './bundle.ts';

/** `npm run build`: bundles the authenticator's sources into the folder where the compiled server looks for it. */
const [sources = 'src/authenticator', folder = 'dist/authenticator'] = process.argv.slice(2);
const { files, entries } = await bundleSources(sources);
mkdirSync(folder, { recursive: true });
for (const [name, content] of files) writeFileSync(join(folder, name), content);
writeFileSync(join(folder, LIST), `${JSON.stringify(entries, null, 2)}\n`);
