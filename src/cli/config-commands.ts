import type { Command } from 'commander';
import { checkConfig } from '../config/check.ts';
import { readConfig } from '../config/load.ts';
import { formatProblems } from '../config/problems.ts';
import { clientValidator } from './client-validator.ts';
import { configSource, wantsJson } from './context.ts';
import { CommandFailed, say } from './output.ts';

export function addConfigCommands(program: Command): void {
  const config = program.command('config').description('the configuration file and the environment');

  config
    .command('check')
    .description('say everything that is wrong with it, all at once')
    .action(async (_options: unknown, command: Command) => {
      const source = configSource(command);
      const read = readConfig(source).config;
      const validateClient = await clientValidator(read);
      const problems = await checkConfig({ ...source, validateClient });
      if (wantsJson(command)) say(true, '', { ok: problems.length === 0, problems });
      else if (problems.length === 0)
        say(false, `The configuration is in order; the issuer is ${read?.issuer}.`, {});
      if (problems.length > 0) throw new CommandFailed(formatProblems(problems).trimEnd());
    });
}
