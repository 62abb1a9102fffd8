import type { DatabaseSync } from 'node:sqlite';
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { FromWriter, Outcome, ToWriter } from './messages.ts';
import { type Operation, prepareOperations, type Result } from './operations.ts';
import { dataVersion, openForWriting } from './schema.ts';

/**
 * The writer thread: the only one of this process that writes. Everything waiting when it gets to work goes into one
 * transaction, so one fsync pays for all of it; answers leave only after the commit.
 */

const POLL_MS = 100;

/** SQLite's SQLITE_BUSY: another process held the lock for the whole timeout; trying one by one would only wait longer. */
const BUSY = 5;

if (parentPort) start(parentPort, (workerData as { file: string }).file);

function start(port: MessagePort, file: string): void {
  const send = (message: FromWriter) => port.postMessage(message);
  let db: DatabaseSync;
  try {
    db = openForWriting(file);
  } catch (error) {
    send({ kind: 'unusable', error: text(error) });
    port.close();
    return;
  }
  const commit = committer(db);

  let seen = dataVersion(db);
  const poll = setInterval(() => {
    try {
      const version = dataVersion(db);
      if (version !== seen) send({ kind: 'foreign' });
      seen = version;
    } catch {
      // a busy moment: the next poll looks again
    }
  }, POLL_MS);

  port.on('message', (first: ToWriter) => {
    const batches: Extract<ToWriter, { kind: 'batch' }>[] = [];
    let closing = false;
    for (let next: ToWriter | undefined = first; next; next = receiveMessageOnPort(port)?.message) {
      if (next.kind === 'batch') batches.push(next);
      else closing = true;
    }
    const outcomes = commit(batches.flatMap((batch) => batch.operations));
    let from = 0;
    for (const { id, operations } of batches) {
      send({ kind: 'done', id, outcomes: outcomes.slice(from, from + operations.length) });
      from += operations.length;
    }
    if (closing) {
      clearInterval(poll);
      db.close();
      port.close();
    }
  });
  send({ kind: 'ready' });
}

/** Runs operations in one transaction; when one of them breaks it, each runs in its own, so that only that one fails. */
function committer(db: DatabaseSync): (operations: readonly Operation[]) => Outcome[] {
  const apply = prepareOperations(db);
  const [begin, end] = [db.prepare('BEGIN IMMEDIATE'), db.prepare('COMMIT')];

  const transaction = (operations: readonly Operation[]): Result[] => {
    begin.run();
    try {
      const results = operations.map(apply);
      end.run();
      return results;
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
  };

  return function commit(operations): Outcome[] {
    if (operations.length === 0) return [];
    try {
      return transaction(operations).map((result) => ({ ok: true, result }));
    } catch (error) {
      if (operations.length === 1 || (error as { errcode?: number }).errcode === BUSY) {
        return operations.map(() => ({ ok: false, error: text(error) }));
      }
      return operations.flatMap((operation) => commit([operation]));
    }
  };
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
