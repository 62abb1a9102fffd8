import type { Command } from 'commander';
import { createClientValidator } from '../authorize/client-validator.ts';
import { checkConfig } from '../config/check.ts';
import { readConfig } from '../config/load.ts';
import { formatProblems } from '../config/problems.ts';
import { clientValidator } from './client-validator.ts';
import { configSource, wantsJson } from './context.ts';
import { CommandFailed, say } from './output.ts';

/** Stands in where the configuration is too wrong to say: it lets pass what the right one might. */
const ANY_PROVIDER = {
  issuer: 'https://issuer.invalid',
  resources: [],
  features: { requestObjects: true, deviceFlow: true },
  ttl: {
    session: 43_200,
    idle: 3600,
    interaction: 1800,
    passwordProof: 600,
    accessToken: 3600,
    jwtAccessToken: 300,
    idToken: 3600,
    authorizationCode: 60,
    deviceCode: 600,
    pushedRequest: 60,
    refreshFamily: 2_592_000,
  },
  algorithms: ['ES256', 'EdDSA', 'RS256'],
};

export function addConfigCommands(program: Command): void {
  const config = program.command('config').description('the configuration file and the environment');

  config
    .command('check')
    .description('say everything that is wrong with it, all at once')
    .action(async (_options: unknown, command: Command) => {
      const source = configSource(command);
      const read = readConfig(source).config;
      const validateClient = await (read ? clientValidator(read) : createClientValidator(ANY_PROVIDER));
      const problems = await checkConfig({ ...source, validateClient });
      if (wantsJson(command)) say(true, '', { ok: problems.length === 0, problems });
      else if (problems.length === 0)
        say(false, `The configuration is in order; the issuer is ${read?.issuer}.`, {});
      if (problems.length > 0) throw new CommandFailed(formatProblems(problems).trimEnd());
    });
}
