import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** The layer rules of .dependency-cruiser.cjs over `src`. A check that saw no files is a failed one. */

interface Cruise {
  readonly summary: {
    readonly totalCruised: number;
    readonly violations: readonly {
      readonly from: string;
      readonly to: string;
      readonly rule: { readonly name: string; readonly severity: string };
    }[];
  };
}

const ROOT = join(import.meta.dirname, '../..');

/**
 * @param folder holds `src` and a `tsconfig.json`.
 * @returns how many files of `src` were read, and the breaches as sentences, by rule.
 */
export function checkLayers(folder: string): {
  readonly files: number;
  readonly breaches: readonly { readonly rule: string; readonly sentence: string }[];
} {
  const bin = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const config = join(ROOT, '.dependency-cruiser.cjs');
  const { stdout, stderr } = spawnSync(process.execPath, [bin, '--config', config, '-T', 'json', 'src'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (!stdout.startsWith('{')) throw new Error(`dependency-cruiser said nothing: ${stderr}`);
  const { modules, summary } = JSON.parse(stdout) as Cruise & { modules: { source: string }[] };
  return {
    files: modules.filter(({ source }) => source.startsWith('src/')).length,
    breaches: summary.violations
      .filter(({ rule }) => rule.severity === 'error')
      .map(({ rule, from, to }) => ({ rule: rule.name, sentence: `${rule.name}: ${from} → ${to}` })),
  };
}

if (import.meta.main) {
  const { files, breaches } = checkLayers(ROOT);
  for (const { sentence } of breaches) console.error(sentence);
  console.log(`${files} files, ${breaches.length} breaches of the layers`);
  process.exitCode = files > 0 && breaches.length === 0 ? 0 : 1;
}
