import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Finding, shown, valueAt } from '../options/findings.ts';
import { fieldName, type Path } from '../options/outline.ts';
import type { RightSections } from './rules.ts';

/** Options that name files a start reads. What else a file must be is said by whoever reads it then. */
const NAMED: readonly { readonly path: Path; readonly holds?: 'certificates' }[] = [
  { path: ['http', 'tls', 'certFile'], holds: 'certificates' },
  { path: ['http', 'tls', 'keyFile'] },
  { path: ['risk', 'cityFiles'] },
  { path: ['risk', 'networkFiles'] },
  { path: ['risk', 'anonymousFiles'] },
  { path: ['risk', 'hostingLists'] },
  { path: ['risk', 'anonymousLists'] },
  { path: ['factors', 'offlineCode', 'keyFile'] },
  { path: ['password', 'blocklistFile'] },
  { path: ['passkeys', 'roots'], holds: 'certificates' },
  { path: ['push', 'caFile'], holds: 'certificates' },
  { path: ['mail', 'caFile'], holds: 'certificates' },
];

const CERTIFICATE = /^-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/m;

/**
 * The files that sections name and that cannot be read.
 *
 * @param cwd absolute; relative paths start there
 */
export function unreadableFiles(sections: RightSections, cwd: string): Finding[] {
  return NAMED.flatMap(({ path, holds }) => {
    const named = valueAt(sections, path);
    const places = Array.isArray(named) ? named.map((one, n) => [one, [...path, n]]) : [[named, path]];
    return (places as [string | undefined, Path][]).flatMap(([file, at]) => {
      const wrong = file === undefined ? undefined : whatIsWrong(resolve(cwd, file), holds);
      if (wrong === undefined) return [];
      const sentence = 'It is read at the start.';
      return [
        {
          path: at,
          field: fieldName(at),
          was: `${shown(file)} (${wrong.is})`,
          wanted: wrong.wanted,
          sentence,
        },
      ];
    });
  });
}

function whatIsWrong(
  file: string,
  holds: 'certificates' | undefined,
): { readonly is: string; readonly wanted: string } | undefined {
  const wanted = 'a file that can be read';
  try {
    if (statSync(file).isDirectory()) return { is: 'a folder', wanted };
    if (holds === undefined) accessSync(file, constants.R_OK);
    else if (!CERTIFICATE.test(readFileSync(file, 'latin1')))
      return { is: 'without a certificate', wanted: 'a file with certificates in PEM' };
    return undefined;
  } catch (error) {
    return { is: (error as NodeJS.ErrnoException).code ?? 'unreadable', wanted };
  }
}
