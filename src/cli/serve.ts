import type { Command } from 'commander';
import type { Logger } from 'pino';
import { NameTaken } from '../accounts/accounts.ts';
import { createLogger } from '../audit/logger.ts';
import { loadConfigToStart } from '../config/load.ts';
import type { RunningServer } from '../server.ts';
import { openServices, type Services } from '../services.ts';
import { configSource, VERSION } from './context.ts';
import { invite } from './invite.ts';
import { CommandFailed, note, time } from './output.ts';

export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('run the server')
    .action((_options: unknown, command: Command) => serve(command));
}

async function serve(command: Command): Promise<void> {
  const config = loadConfigToStart(configSource(command));
  const { file, level } = config.log;
  const logger = createLogger(file === undefined ? { level } : { level, file });
  const die = (what: string) => (error: unknown) => {
    logger.fatal({ err: error }, what);
    process.exit(1);
  };
  process.on('unhandledRejection', die('unhandled rejection'));
  process.on('uncaughtException', die('uncaught exception'));

  const services = await openServices(config, logger);
  let server: RunningServer;
  try {
    await refuseDemo(services);
    // Only here, so that every other command starts without the whole provider.
    const { startServer } = await import('../server.ts');
    server = await startServer(services, VERSION);
  } catch (error) {
    await services.close();
    throw error;
  }
  const welcomed = welcomeOwner(services);
  // Told to stop at once, it first ends what it writes.
  const close = async () => {
    await server.close();
    await welcomed;
    await services.close();
  };
  await Promise.all([welcomed, stopOnSignals(close, services.logger)]);
}

/**
 * Whoever has read the README knows the demo user's password.
 *
 * @throws CommandFailed when the demo's app or user is declared or in the store.
 */
async function refuseDemo({ accounts, clients, config }: Services): Promise<void> {
  const { DEMO_CLIENT_ID, DEMO_EMAIL, DEMO_USER } = await import('../demo/demo-records.ts');
  const user = await accounts.findByName(DEMO_EMAIL);
  const isDemoUser = user?.userName === DEMO_USER;
  if (!isDemoUser && !(await clients.find(DEMO_CLIENT_ID))) return;
  if (clients.isDeclared(DEMO_CLIENT_ID)) {
    throw new CommandFailed(
      `the configuration declares ${JSON.stringify(DEMO_CLIENT_ID)}, which is the demo app of "countersign demo": give your app another id`,
    );
  }
  const where =
    config.store.redisUrl === undefined ? config.store.dataDir : 'this Redis, under store.redisPrefix';
  throw new CommandFailed(
    `${where} holds the demo's ${isDemoUser ? 'user, whose password everybody knows' : 'app'}: it is for "countersign demo" only; start on another store`,
  );
}

/** Where nobody is yet, the first one in is the owner: the link goes to whoever started the server, and nowhere else. */
async function welcomeOwner(services: Services): Promise<void> {
  const { accounts, audit } = services;
  if ((await accounts.list({ limit: 1 })).accounts.length > 0) return;
  try {
    const owner = await accounts.create({ userName: 'owner' });
    audit.record({ type: 'account.created', account: owner.sub, userName: owner.userName, by: 'server' });
    const { link, expiresAt } = await invite(services, owner);
    note(
      `\nThis is the first start. The account "owner" was made; set its password and add a phone here, once and until ${time(expiresAt)}:\n\n  ${link}\n\nAnother link: countersign user invite owner\n`,
    );
  } catch (error) {
    // Several processes start at once: one of them makes it.
    if (!(error instanceof NameTaken)) throw error;
  }
}

/** Resolves after an orderly stop; a second signal does not wait for it. */
function stopOnSignals(close: () => Promise<void>, logger: Logger): Promise<void> {
  return new Promise((resolve, reject) => {
    let stopping = false;
    const stop = (signal: NodeJS.Signals) => {
      if (stopping) process.exit(1);
      stopping = true;
      logger.info({ signal }, 'stopping');
      close().then(resolve, reject);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  });
}
