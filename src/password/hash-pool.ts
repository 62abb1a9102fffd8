import { randomBytes } from 'node:crypto';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { parseOptions } from '@node-rs/argon2';
import { createTwoLanes } from './hash-queue.ts';
import type { HashAnswer, HashJob, HashParameters } from './hash-worker.ts';

/** More passwords wait to be checked than the queue holds: 503 with `Retry-After`. */
export class HashQueueFull extends Error {
  override readonly name = 'HashQueueFull';
  readonly code = 'hash_queue_full';
  readonly status = 503;
  readonly expose = false;
  readonly retryAfterS: number;

  constructor(retryAfterS: number) {
    super('the queue of passwords to check is full');
    this.retryAfterS = retryAfterS;
  }
}

/** The pool was closed, or a worker died, while the password was being hashed. */
export class HashFailed extends Error {
  override readonly name = 'HashFailed';
  readonly code = 'hash_failed';
  readonly status = 503;
  readonly expose = false;
}

export interface HashPoolOptions extends HashParameters {
  /** Worker threads. */
  readonly threads: number;
  /** How many may wait beyond those being hashed. */
  readonly queue: number;
}

export interface HashPool {
  /**
   * One argon2id computation, always: with `hash` null against a fixed dummy of the same parameters, and then
   * `false` (R42).
   *
   * @throws HashQueueFull, HashFailed
   */
  verify(hash: string | null, password: string, lane: { readonly known: boolean }): Promise<boolean>;
  /** @param lane default: the first lane. @returns a PHC string. @throws HashQueueFull, HashFailed */
  hash(password: string, lane?: { readonly known: boolean }): Promise<string>;
  /** Whether it was made with other parameters than new ones are. */
  needsRehash(hash: string): boolean;
  /** How many hashes were computed since the start. */
  readonly computed: number;
  /** How many wait now. */
  readonly waiting: number;
  close(): Promise<void>;
}

interface Task {
  readonly job: HashJob;
  readonly resolve: (value: string | boolean) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  task: Task | undefined;
  startedAt: number;
}

/** Runs as .ts in development and as .js when compiled. */
const WORKER = new URL(`./hash-worker${extname(import.meta.url)}`, import.meta.url);

export function createHashPool(options: HashPoolOptions): HashPool {
  const { memoryKiB, iterations, parallelism } = options;
  const parameters: HashParameters = { memoryKiB, iterations, parallelism };
  const dummy = dummyHash(parameters);
  const lanes = createTwoLanes<Task>(options.queue);
  const wanted = Math.max(1, options.threads);
  const threads: Thread[] = [];
  let computed = 0;
  let averageMs = 20;
  let closed = false;

  function start(): Thread {
    const worker = new Worker(WORKER);
    const thread: Thread = { worker, task: undefined, startedAt: 0 };
    worker.on('message', (answer: HashAnswer) => {
      const task = thread.task;
      averageMs = 0.9 * averageMs + 0.1 * (performance.now() - thread.startedAt);
      thread.task = undefined;
      worker.unref();
      if ('ok' in answer) task?.resolve(answer.ok);
      else task?.reject(new HashFailed(answer.failed));
      next();
    });
    worker.on('error', (error) => replace(thread, error.message));
    worker.on('exit', () => replace(thread, 'the worker ended'));
    // An idle thread does not keep a command-line process alive; `run` holds on to it while it works.
    worker.unref();
    return thread;
  }

  function replace(thread: Thread, cause: string): void {
    const place = threads.indexOf(thread);
    if (place < 0) return;
    threads.splice(place, 1);
    thread.task?.reject(new HashFailed(cause));
    // A new one only for work that waits: should workers die at once, each costs one task and nothing spins.
    if (closed || lanes.length === 0) return;
    threads.push(start());
    next();
  }

  function next(): void {
    const idle = threads.find((thread) => thread.task === undefined);
    const task = idle && lanes.shift();
    if (task) run(idle, task);
  }

  function run(thread: Thread, task: Task): void {
    thread.task = task;
    thread.startedAt = performance.now();
    thread.worker.ref();
    computed++;
    thread.worker.postMessage(task.job);
  }

  function submit(job: HashJob, known: boolean): Promise<string | boolean> {
    if (closed) return Promise.reject(new HashFailed('closed'));
    return new Promise((resolve, reject) => {
      const task: Task = { job, resolve, reject };
      while (threads.length < wanted) threads.push(start());
      const idle = threads.find((thread) => thread.task === undefined);
      if (idle) run(idle, task);
      else if (!lanes.push(task, known)) reject(new HashQueueFull(retryAfterS()));
    });
  }

  function retryAfterS(): number {
    const drainMs = (lanes.length * averageMs) / wanted;
    return Math.min(30, Math.max(1, Math.ceil(drainMs / 1000)));
  }

  while (threads.length < wanted) threads.push(start());

  return {
    async verify(hash, password, { known }) {
      const matches = await submit({ do: 'verify', password, hash: hash ?? dummy, dummy }, known);
      return matches === true && hash !== null;
    },
    async hash(password, lane) {
      return String(await submit({ do: 'hash', password, parameters }, lane?.known ?? true));
    },
    needsRehash: (hash) => !sameParameters(hash, parameters),
    get computed() {
      return computed;
    },
    get waiting() {
      return lanes.length;
    },
    async close() {
      closed = true;
      for (let task = lanes.shift(); task; task = lanes.shift()) task.reject(new HashFailed('closed'));
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
    },
  };
}

/** A well-formed PHC string over random bytes: nobody knows a password of it, and checking one costs the same. */
function dummyHash({ memoryKiB, iterations, parallelism }: HashParameters): string {
  const part = (bytes: number) => randomBytes(bytes).toString('base64').replace(/=+$/, '');
  return `$argon2id$v=19$m=${memoryKiB},t=${iterations},p=${parallelism}$${part(16)}$${part(32)}`;
}

function sameParameters(hash: string, wanted: HashParameters): boolean {
  try {
    const is = parseOptions(hash);
    return (
      hash.startsWith('$argon2id$v=19$') &&
      is.memoryCost === wanted.memoryKiB &&
      is.timeCost === wanted.iterations &&
      is.parallelism === wanted.parallelism &&
      is.outputLen >= 32
    );
  } catch {
    return false;
  }
}
