import { type Command, InvalidArgumentError } from 'commander';
import { DEFAULT_APP_PORT, DEFAULT_PORT, type DemoOptions } from './demo-settings.ts';

/** Adds `countersign demo`. */
export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description('try a sign-in on this machine: server, demo app, demo user and her device, in one terminal')
    .option(
      '--walk',
      'sign in once without anybody, print every step, and end (free ports, nothing kept)',
      false,
    )
    .option('--port <n>', `port of Countersign (default ${DEFAULT_PORT})`, port)
    .option('--app-port <n>', `port of the demo app (default ${DEFAULT_APP_PORT})`, port)
    .option('--data <dir>', 'folder for store, device key and log (default data/demo)')
    .option('--fresh', 'forget what an earlier demo kept, and start over', false)
    .option(
      '--processes <n>',
      '2 runs a second server process, which the device talks to (needs REDIS_URL)',
      processes,
      1,
    )
    .action(async (flags: Flags) => {
      const stop = new AbortController();
      const onSignal = () => {
        // twice: something hangs, and the person wants out
        if (stop.signal.aborted) process.exit(130);
        stop.abort();
      };
      process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
      const { stdin: input, stdout: output, stderr: errors, env } = process;
      const cwd = process.cwd();
      // only here: every other command starts without server and demo app
      const { runDemo } = await import('./run-demo.ts');
      process.exitCode = await runDemo(demoOptions(flags), { env, cwd, input, output, errors, stop });
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
      // an input that is still open must not keep the process
      input.destroy();
    });
}

interface Flags {
  readonly walk: boolean;
  readonly port?: number;
  readonly appPort?: number;
  readonly data?: string;
  readonly fresh: boolean;
  readonly processes: number;
}

function demoOptions({ data, ...flags }: Flags): DemoOptions {
  return data === undefined ? flags : { ...flags, dataDir: data };
}

function port(text: string): number {
  const value = Number(text);
  if (!/^\d{1,5}$/.test(text) || value < 1 || value > 65_535)
    throw new InvalidArgumentError('Wanted 1 to 65535.');
  return value;
}

function processes(text: string): number {
  if (text !== '1' && text !== '2') throw new InvalidArgumentError('Wanted 1 or 2.');
  return Number(text);
}
