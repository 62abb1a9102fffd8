import type { Command } from 'commander';
import type { Account } from '../accounts/account.ts';
import { endRemembered } from '../composition/remembered.ts';
import type { RememberedBrowser } from '../remembered/remembered-browser.ts';
import { listRemembered } from '../remembered/remembered-list.ts';
import type { Services } from '../services.ts';
import { accountNamed, wantsJson, withServices } from './context.ts';
import { CommandFailed, say, table, time, UsageWrong } from './output.ts';

interface ForgetOptions {
  readonly all?: boolean;
  readonly reason: string;
}

export function addBrowserCommands(program: Command): void {
  const browser = program
    .command('browser')
    .description('browsers that people had remembered, where their password is enough');

  browser
    .command('list')
    .description('list the remembered browsers of a person')
    .argument('<user>', 'user name or e-mail')
    .action((name: string, _options: unknown, command: Command) =>
      withServices(command, async (services) => {
        const account = await accountNamed(services, name);
        const remembered = await rememberedOf(services, account);
        const rows = remembered.map(({ id, seen, createdAt, usedAt, expiresAt }) => [
          id,
          `${seen.browser} on ${seen.system}`,
          seen.place ?? 'unknown',
          time(createdAt),
          time(usedAt),
          time(expiresAt),
        ]);
        const headings = ['BROWSER', 'NAME', 'PLACE', 'SINCE', 'LAST USED', 'UNTIL'];
        const none = `No browser is remembered by ${account.userName}.`;
        say(
          wantsJson(command),
          rows.length > 0 ? table(headings, rows) : none,
          remembered.map(({ id, seen, createdAt, usedAt, expiresAt }) => ({
            id,
            ...seen,
            createdAt,
            usedAt,
            expiresAt,
          })),
        );
      }),
    );

  browser
    .command('forget')
    .description('have one of them, or with --all each of them, ask a device again')
    .argument('<user>', 'user name or e-mail')
    .argument('[browser]', 'as "browser list" shows it')
    .option('--all', 'every browser of this person')
    .option('--reason <text>', 'why; kept in the audit log', 'forgotten on the command line')
    .action((name: string, id: string | undefined, { all, reason }: ForgetOptions, command: Command) =>
      withServices(command, async (services) => {
        if ((id === undefined) === (all === undefined))
          throw new UsageWrong('say which browser, or --all, and not both');
        const account = await accountNamed(services, name);
        const ended = await endRemembered(services, account.sub, 'cli', reason, id ?? 'all');
        if (ended === 0 && id !== undefined)
          throw new CommandFailed(
            `${account.userName} has no remembered browser ${JSON.stringify(id)}; "countersign browser list ${account.userName}" shows all`,
          );
        const text = `Forgot ${ended === 1 ? '1 browser' : `${ended} browsers`} of ${account.userName}.`;
        say(wantsJson(command), text, { sub: account.sub, userName: account.userName, forgotten: ended });
      }),
    );
}

async function rememberedOf(
  { store, devices, config }: Services,
  account: Account,
): Promise<readonly RememberedBrowser[]> {
  const active = await devices.active(account.sub);
  const lifeMs = config.session.rememberBrowser ?? 0;
  return listRemembered(store, account.sub, { account, devices: active.map(({ id }) => id), lifeMs });
}
