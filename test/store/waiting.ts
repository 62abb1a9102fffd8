import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';

/** What an act fails with; not to fail is one too. */
export const failure = (act: Promise<unknown>): Promise<Error> =>
  act.then(
    () => expect.fail('it did not fail'),
    (error: Error) => error,
  );

/** @throws Error when the condition does not come within so many seconds. */
export async function until(condition: () => boolean | Promise<boolean>, seconds = 10): Promise<void> {
  for (const end = performance.now() + seconds * 1000; !(await condition()); await delay(10)) {
    if (performance.now() > end) throw new Error(`waited ${seconds} s for a condition that never came`);
  }
}
