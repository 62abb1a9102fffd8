import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes the folder (0700) and the file (0600) where they are missing; what exists keeps its modes. SQLite gives its
 * `-wal` and `-shm` files the mode of the file itself.
 *
 * @throws Error that names the file and says what is wrong.
 */
export function prepareFile(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600));
  } catch (error) {
    throw cannotOpen(file, error);
  }
}

/** One sentence an operator can act on. */
export function cannotOpen(file: string, error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error);
  const advice = ADVICE.find(([pattern]) => pattern.test(reason))?.[1] ?? '';
  return new Error(`The store cannot be opened at ${file}: ${reason}.${advice}`, { cause: error });
}

const ADVICE: readonly (readonly [RegExp, string])[] = [
  [
    /EACCES|EPERM|EROFS|readonly|read-only|unable to open/i,
    ' The folder and the file must be writable by this user.',
  ],
  [/not a database|malformed/i, ' The file is damaged or no database: put a backup in its place.'],
  [/ENOSPC|disk is full/i, ' The disk is full.'],
  [/locked/i, ' Another process holds it.'],
];
