import { ConfigInvalid } from '../config/problems.ts';
import { DemoProblem } from './demo-problem.ts';
import { type DemoOptions, demoSettings } from './demo-settings.ts';
import { runDemoTerminal } from './demo-terminal.ts';
import { type DemoStage, startDemo } from './stage.ts';
import { WalkFailed, walk } from './walk.ts';
import { watchedFetch } from './walk-device.ts';
import { createWalkLines } from './walk-lines.ts';

/** The whole walk, starting and stopping not counted. */
const WALK_LIMIT_MS = 60_000;

/** Where the demo runs; the command takes the process's own. */
export interface DemoSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WritableStream;
  readonly errors: NodeJS.WritableStream;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly stop: AbortController;
}

/**
 * Runs the demo until it is stopped, or one walk.
 *
 * @returns the exit code: 0, or 1 after a sentence on `errors` that says why
 */
export async function runDemo(options: DemoOptions, surroundings: DemoSurroundings): Promise<number> {
  const { output, errors } = surroundings;
  try {
    if (options.walk) await runWalk(options, surroundings);
    else await runForPeople(options, surroundings);
    return 0;
  } catch (error) {
    if (surroundings.stop.signal.aborted) return options.walk ? 1 : 0;
    if (error instanceof WalkFailed) output.write('\n');
    const known =
      error instanceof DemoProblem || error instanceof ConfigInvalid || error instanceof WalkFailed;
    // What the store, the listener and the key file throw are sentences too; only a mistake of ours has a stack to show.
    const { message, stack } = error as Error;
    const ours = !known && (error instanceof TypeError || error instanceof ReferenceError);
    errors.write(`countersign demo: ${ours ? stack : message}\n`);
    return 1;
  }
}

async function runForPeople(options: DemoOptions, surroundings: DemoSurroundings): Promise<void> {
  const { input, output, stop, cwd } = surroundings;
  const settings = await demoSettings(options, surroundings);
  const stage = await startDemo(settings, { fresh: options.fresh, signal: stop.signal });
  try {
    await runDemoTerminal({ stage, settings, input, output, stop, cwd });
  } finally {
    output.write('\nStopping.\n');
    await stage.close();
  }
}

async function runWalk(options: DemoOptions, surroundings: DemoSurroundings): Promise<void> {
  const { output, stop } = surroundings;
  const lines = createWalkLines((text) => output.write(`${text}\n`));
  const settings = await demoSettings(options, surroundings);
  let walking = false;
  const stage: DemoStage = await startDemo(settings, {
    fresh: options.fresh,
    signal: stop.signal,
    watchDevice: (fetch) => {
      const watched = watchedFetch(fetch, lines);
      // its enrolment is no part of the walk
      return (input, init) => (walking ? watched : fetch)(input, init);
    },
  });
  try {
    const { issuer, appOrigin, device, services, devicePort } = stage;
    const second = settings.processes > 1 ? `, the device’s server process on port ${devicePort}` : '';
    output.write(
      `Countersign at ${issuer} (${services.store.engine}), demo app at ${appOrigin}${second}\n\n`,
    );
    walking = true;
    const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(WALK_LIMIT_MS)]);
    await walk({ issuer, appOrigin, device, lines, signal });
    output.write('\nThe walk is done: signed in with a password and a push approval.\n');
  } finally {
    walking = false;
    await stage.close();
  }
}
