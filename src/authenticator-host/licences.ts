import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The bundle's file that says whose work is in it. */
export const LICENCES = 'licences.txt';

interface Inputs {
  readonly inputs: Readonly<Record<string, unknown>>;
}

/**
 * The licences of every package that was bundled, as they lie in it: their authors want them to go along.
 *
 * @throws Error when a package has none.
 */
export function licencesOf(metafiles: readonly Inputs[]): Uint8Array {
  const folders = new Set<string>();
  for (const { inputs } of metafiles) {
    for (const path of Object.keys(inputs)) {
      const found = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
      if (found) folders.add(found);
    }
  }
  const texts = [...folders].sort().map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.(md|txt))?$/i.test(entry));
    if (!file) throw new Error(`${name} in the authenticator's bundle has no licence`);
    return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  });
  const map = 'The map is made of data of Natural Earth, which is in the public domain.\n';
  return Buffer.from([...texts, map].join(`\n${'-'.repeat(80)}\n\n`));
}
