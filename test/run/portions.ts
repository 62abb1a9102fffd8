import { globSync } from 'node:fs';

/** Some test files that one process of mocha runs together. */
export interface Portion {
  readonly name: string;
  readonly files: readonly string[];
}

/** What takes longest comes first, so that no lane is left with it at the end. */
const LONG = ['phone', 'browser', 'self-service', 'faults', 'races', 'store', 'bench', 'demo'];
const MOST_FILES = 6;

/**
 * All test files by folder, a folder with many in several portions.
 *
 * @param root the checkout. @returns paths relative to it.
 */
export function portions(root: string): readonly Portion[] {
  const folders = new Map<string, string[]>();
  for (const file of globSync('test/**/*.test.ts', { cwd: root }).sort()) {
    const folder = file.split('/').length > 2 ? file.split('/')[1]! : '';
    folders.set(folder, [...(folders.get(folder) ?? []), file]);
  }
  const place = (folder: string) => (LONG.includes(folder) ? LONG.indexOf(folder) : LONG.length);
  return [...folders]
    .sort(([a], [b]) => place(a) - place(b) || a.localeCompare(b))
    .flatMap(([folder, files]) => split(`test/${folder}`, files));
}

function split(name: string, files: readonly string[]): Portion[] {
  const parts = Math.ceil(files.length / MOST_FILES);
  const size = Math.ceil(files.length / parts);
  return Array.from({ length: parts }, (_, i) => ({
    name: parts === 1 ? name : `${name} (${i + 1} of ${parts})`,
    files: files.slice(i * size, (i + 1) * size),
  }));
}
