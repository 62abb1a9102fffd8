import { parentPort } from 'node:worker_threads';
import { hashSync, verifySync } from '@node-rs/argon2';

/** One argon2id at a time, off the main loop and off libuv's pool (where it would delay every token signature). */

export interface HashParameters {
  readonly memoryKiB: number;
  readonly iterations: number;
  readonly parallelism: number;
}

export type HashJob =
  | { readonly do: 'hash'; readonly password: string; readonly parameters: HashParameters }
  | { readonly do: 'verify'; readonly password: string; readonly hash: string; readonly dummy: string };

export type HashAnswer = { readonly ok: string | boolean } | { readonly failed: string };

/** `Algorithm.Argon2id` and `Version.V0x13` of the library's const enums, which type stripping cannot import. */
const ARGON2ID = 2;
const VERSION_19 = 1;

function run(job: HashJob): HashAnswer {
  if (job.do === 'hash') {
    const { memoryKiB, iterations, parallelism } = job.parameters;
    const options = { memoryCost: memoryKiB, timeCost: iterations, parallelism };
    return { ok: hashSync(job.password, { ...options, algorithm: ARGON2ID, version: VERSION_19 }) };
  }
  try {
    return { ok: verifySync(job.hash, job.password) };
  } catch {
    // A stored hash that cannot be read matches nothing, and takes as long as one that can.
    verifySync(job.dummy, job.password);
    return { ok: false };
  }
}

parentPort?.on('message', (job: HashJob) => {
  let answer: HashAnswer;
  try {
    answer = run(job);
  } catch (error) {
    answer = { failed: error instanceof Error ? error.message : 'argon2 failed' };
  }
  parentPort?.postMessage(answer);
});
