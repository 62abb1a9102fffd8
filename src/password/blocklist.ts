import { readFile } from 'node:fs/promises';

/** Passwords many people have had stolen (SP 800-63B-4 section 3.1.1.2); compared in NFKC and lower case. */
export interface Blocklist {
  /** Whether it is one of them, or one of them with a few digits and signs around it (`Password2024!`). */
  has(password: string): boolean;
  readonly size: number;
}

const SHORTEST = 8;
/** More than this around a listed word makes a password of its own. */
const MOST_AROUND = 6;

/** One form for a listed entry and for what somebody chose. */
export function foldPassword(password: string): string {
  return password.normalize('NFKC').toLowerCase();
}

/**
 * The list of `@zxcvbn-ts/language-common` (49,000 entries, of which those of 8 characters and more matter here).
 *
 * @param options.extraFile a text file with one more password a line.
 * @throws the file system's error when the file cannot be read.
 */
export async function loadBlocklist(options: { extraFile?: string } = {}): Promise<Blocklist> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  const extra =
    options.extraFile === undefined ? [] : (await readFile(options.extraFile, 'utf8')).split(/\r?\n/);
  return createBlocklist([...dictionary['passwords-common'], ...extra]);
}

export function createBlocklist(entries: Iterable<string>): Blocklist {
  const listed = new Set<string>();
  for (const entry of entries) {
    const folded = foldPassword(entry.trim());
    if (folded.length >= SHORTEST) listed.add(folded);
  }
  return {
    get size() {
      return listed.size;
    },
    has(password) {
      const folded = foldPassword(password);
      if (listed.has(folded)) return true;
      const word = folded.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
      return folded.length - word.length <= MOST_AROUND && listed.has(word);
    },
  };
}
