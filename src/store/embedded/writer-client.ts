import { Worker } from 'node:worker_threads';
import { StoreUnavailable } from '../errors.ts';
import type { FromWriter, Outcome, ToWriter } from './messages.ts';
import type { Operation, Result } from './operations.ts';

/** The main thread's end of the writer thread. */
export interface WriterClient {
  /** Resolves after the commit. Rejects with `StoreUnavailable` when it could not be made durable. */
  run(operation: Operation): Promise<Result>;
  /** Waits for what is under way, then ends the thread. */
  close(): Promise<void>;
}

interface Waiting {
  readonly operation: Operation;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Starts the thread and waits until it has the file open.
 *
 * @param onForeign called when another process has written.
 * @throws Error with SQLite's reason when the file cannot be opened.
 */
export function startWriter(file: string, onForeign: () => void): Promise<WriterClient> {
  // The compiled build has `writer.js` beside `writer-client.js`.
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
  const worker = new Worker(new URL(`./writer${extension}`, import.meta.url), { workerData: { file } });
  const opened = Promise.withResolvers<WriterClient>();
  const ended = Promise.withResolvers<void>();
  const inFlight = new Map<number, readonly Waiting[]>();
  let queue: Waiting[] = [];
  let nextId = 0;
  let gone: string | undefined;

  const unavailable = (why: string) => new StoreUnavailable(`${file}: ${why}`);
  const post = (message: ToWriter) => worker.postMessage(message);

  /** Everything asked for in one turn of the loop travels as one message: waking a thread costs more than most writes. */
  function flush(): void {
    if (queue.length === 0 || gone) return;
    const batch = queue;
    queue = [];
    // An idle store does not keep a process alive; one with writes under way does.
    if (inFlight.size === 0) worker.ref();
    inFlight.set(nextId, batch);
    post({ kind: 'batch', id: nextId++, operations: batch.map(({ operation }) => operation) });
  }

  function settle(id: number, outcomes: readonly Outcome[]): void {
    const batch = inFlight.get(id) ?? [];
    inFlight.delete(id);
    if (inFlight.size === 0) worker.unref();
    batch.forEach(({ resolve, reject }, i) => {
      const outcome = outcomes[i];
      if (outcome?.ok) resolve(outcome.result);
      else reject(unavailable(outcome?.error ?? 'the writer gave no answer'));
    });
  }

  function end(why: string): void {
    gone ??= why;
    for (const { reject } of [...inFlight.values(), queue].flat()) reject(unavailable(gone));
    inFlight.clear();
    queue = [];
    opened.reject(new Error(gone));
    ended.resolve();
  }

  worker.on('message', (message: FromWriter) => {
    if (message.kind === 'done') settle(message.id, message.outcomes);
    else if (message.kind === 'foreign') onForeign();
    else if (message.kind === 'unusable') end(message.error);
    else {
      worker.unref();
      opened.resolve(client);
    }
  });
  worker.on('error', (error) => end(`the writer thread failed: ${(error as Error).message}`));
  worker.on('exit', () => end('the writer thread has ended'));

  const client: WriterClient = {
    run(operation) {
      return new Promise((resolve, reject) => {
        if (gone) return reject(unavailable(gone));
        if (queue.push({ operation, resolve, reject }) === 1) queueMicrotask(() => process.nextTick(flush));
      });
    },
    async close() {
      flush();
      gone ??= 'the store is closed';
      worker.ref();
      post({ kind: 'close' });
      await ended.promise;
    },
  };
  return opened.promise;
}
