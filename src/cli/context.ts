import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Account } from '../accounts/account.ts';
import { createLogger } from '../audit/logger.ts';
import { type ConfigSource, loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { openServices, type Services } from '../services.ts';
import { CommandFailed } from './output.ts';

/** Of the package, as `--version` and the log say it. */
export const VERSION: string = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

/** What every command understands, whichever side of its name it stands on. */
export interface CommonOptions {
  readonly config?: string;
  readonly json?: boolean;
}

export function commonOptions(command: Command): CommonOptions {
  return command.optsWithGlobals<CommonOptions>();
}

export const wantsJson = (command: Command) => commonOptions(command).json === true;

export function configSource(command: Command): ConfigSource {
  const { config: file } = commonOptions(command);
  return { env: process.env, cwd: process.cwd(), ...(file === undefined ? {} : { file }) };
}

/**
 * Opens configuration and store for one command and closes them, whatever comes of it. Beside a running server the
 * store is shared; the log goes where the server's goes if that is a file, and otherwise only errors are shown.
 *
 * @throws ConfigInvalid; Error with a sentence when the store cannot be opened.
 */
export async function withServices<T>(
  command: Command,
  work: (services: Services, config: Config) => Promise<T>,
): Promise<T> {
  const config = loadConfig(configSource(command));
  const { file, level } = config.log;
  const logger = createLogger(
    file === undefined ? { level: 'error', stream: process.stderr } : { level, file },
  );
  const services = await openServices(config, logger);
  try {
    return await work(services, config);
  } finally {
    await services.close();
  }
}

/** @throws CommandFailed when nobody signs in by that name. */
export async function accountNamed(services: Services, name: string): Promise<Account> {
  const account = await services.accounts.findByName(name);
  if (!account) throw new CommandFailed(`no user ${JSON.stringify(name)}; "countersign user list" shows all`);
  return account;
}
