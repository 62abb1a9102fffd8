import { Command, CommanderError } from 'commander';
import { ZodError } from 'zod';
import { addDemoCommand } from '../demo/command.ts';
import { addBrowserCommands } from './browser-commands.ts';
import { addClientCommands } from './client-commands.ts';
import { addConfigCommands } from './config-commands.ts';
import { VERSION } from './context.ts';
import { addDeviceCommands } from './device-commands.ts';
import { addEventsCommand } from './events-commands.ts';
import { addKeysCommands } from './keys-commands.ts';
import { addMailCommands } from './mail-commands.ts';
import { note, UsageWrong } from './output.ts';
import { addPasskeyCommands } from './passkey-commands.ts';
import { addReportCommands } from './report-commands.ts';
import { addRiskCommands } from './risk-commands.ts';
import { addServeCommand } from './serve.ts';
import { addUserCommands } from './user-commands.ts';

/** Exit codes: 0 done, 1 could not be done, 2 the command line is wrong. */
async function main(): Promise<void> {
  const program = new Command('countersign')
    .description('OpenID Connect provider with a push approval between password and consent')
    .version(VERSION)
    .option(
      '-c, --config <file>',
      'configuration file (default: COUNTERSIGN_CONFIG, else config/countersign.yaml)',
    )
    .option('--json', 'answer in JSON, for scripts')
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help for what there is)')
    .exitOverride();
  addServeCommand(program);
  addDemoCommand(program);
  addConfigCommands(program);
  addUserCommands(program);
  addClientCommands(program);
  addDeviceCommands(program);
  addPasskeyCommands(program);
  addBrowserCommands(program);
  addReportCommands(program);
  addKeysCommands(program);
  addEventsCommand(program);
  addRiskCommands(program);
  addMailCommands(program);
  await program.parseAsync();
}

function report(error: unknown): number {
  if (error instanceof CommanderError) {
    const asked = ['commander.help', 'commander.helpDisplayed', 'commander.version'].includes(error.code);
    return asked && error.exitCode === 0 ? 0 : 2; // commander has said what is wrong
  }
  note(`countersign: ${sentence(error)}`);
  if (process.env['COUNTERSIGN_DEBUG'] && error instanceof Error) note(error.stack ?? '');
  return error instanceof UsageWrong ? 2 : 1;
}

function sentence(error: unknown): string {
  if (error instanceof ZodError) {
    return error.issues
      .map(({ path, message }) => `${path.join('.') || 'input'}: wanted ${message}`)
      .join('; ');
  }
  return error instanceof Error ? error.message : String(error);
}

// `events | head` closes the pipe: that is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

try {
  await main();
} catch (error) {
  process.exitCode = report(error);
}
