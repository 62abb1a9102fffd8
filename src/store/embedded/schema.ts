import { DatabaseSync } from 'node:sqlite';

/** Written into the file's header, so that another program's database is never taken for ours ("CSgn"). */
const APPLICATION_ID = 0x4353676e;
const SCHEMA_VERSION = 1;

/** How long a commit waits for another process's commit before it gives up. */
const BUSY_TIMEOUT_MS = 5000;

const SCHEMA = `
  -- A NULL value is a tombstone.
  CREATE TABLE record (key TEXT PRIMARY KEY NOT NULL, version TEXT NOT NULL, expires INTEGER, value TEXT) STRICT;
  CREATE INDEX record_expires ON record (expires) WHERE expires IS NOT NULL;

  CREATE TABLE counter (key TEXT PRIMARY KEY NOT NULL, expires INTEGER, slots TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX counter_expires ON counter (expires) WHERE expires IS NOT NULL;

  CREATE TABLE member (name TEXT NOT NULL, member TEXT NOT NULL, position REAL NOT NULL, expires INTEGER,
    PRIMARY KEY (name, member)) STRICT, WITHOUT ROWID;
  CREATE INDEX member_position ON member (name, position, member, expires);
  CREATE INDEX member_expires ON member (expires) WHERE expires IS NOT NULL;

  CREATE TABLE event (name TEXT NOT NULL, at INTEGER NOT NULL, serial INTEGER NOT NULL, expires INTEGER NOT NULL,
    event TEXT NOT NULL, PRIMARY KEY (name, at, serial)) STRICT, WITHOUT ROWID;
  CREATE INDEX event_expires ON event (expires);
`;

/** Tables with an `expires` column, in the order the sweeper visits them. */
export const EXPIRING = ['record', 'counter', 'member', 'event'] as const;

/** Opens the file for the writer thread: durable at every commit, schema made on first use. */
export function openForWriting(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    refuseForeign(db);
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864');
    db.exec('BEGIN IMMEDIATE');
    if (pragma(db, 'user_version') === 0) {
      db.exec(SCHEMA);
      db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`);
    }
    db.exec('COMMIT');
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}

/** Opens the file for point look-ups on the main thread. */
export function openForReading(file: string): DatabaseSync {
  return new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
}

/** Changes when another connection, of this process or another, has committed. */
export function dataVersion(db: DatabaseSync): number {
  return pragma(db, 'data_version');
}

function refuseForeign(db: DatabaseSync): void {
  const application = pragma(db, 'application_id');
  const version = pragma(db, 'user_version');
  const tables = db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n'];
  if (tables !== 0 && application !== APPLICATION_ID) {
    throw new Error('it is a SQLite database of another program');
  }
  if (version > SCHEMA_VERSION) {
    throw new Error(
      `it was written by a newer Countersign (format ${version}, this one knows ${SCHEMA_VERSION})`,
    );
  }
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
}
