import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { backup, DatabaseSync } from 'node:sqlite';
import { prepareFile } from './file.ts';

/** With the default rate a backup beside a busy writer starts over for ever. */
const ALL_PAGES_AT_ONCE = 1e6;

/**
 * Copies a store that may be in use into `target`, which appears whole or not at all (mode 0600).
 *
 * @throws Error when either file cannot be used.
 */
export async function backupTo(file: string, target: string): Promise<void> {
  const partial = `${target}.partial`;
  rmSync(partial, { force: true });
  prepareFile(partial);
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    await backup(db, partial, { rate: ALL_PAGES_AT_ONCE });
  } finally {
    db.close();
  }
  const handle = openSync(partial, 'r');
  fsyncSync(handle);
  closeSync(handle);
  renameSync(partial, target);
}
