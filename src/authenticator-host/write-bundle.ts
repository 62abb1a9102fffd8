import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleSources, LIST } from './bundle.ts';

/** `npm run build`: lays the bundled authenticator where the compiled server looks for it. */
const folder = join(process.argv[2] ?? 'dist', 'authenticator');
const { files, entries } = await bundleSources();
mkdirSync(folder, { recursive: true });
for (const [name, content] of files) writeFileSync(join(folder, name), content);
writeFileSync(join(folder, LIST), `${JSON.stringify(entries, null, 2)}\n`);
