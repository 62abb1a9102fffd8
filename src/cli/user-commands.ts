import type { Command } from 'commander';
import { forgetAll } from '../accounts/known-browsers.ts';
import type { Services } from '../services.ts';
import { accountNamed, wantsJson, withServices } from './context.ts';
import { importUsers } from './import-users.ts';
import { invitationText, invite } from './invite.ts';
import { CommandFailed, say, table, time, UsageWrong } from './output.ts';
import { readPassword } from './read-password.ts';
import { signOutFromHere } from './sign-out.ts';
import { tellFromHere } from './tell.ts';
import { addUserAddCommand, changePassword, summary } from './user-add.ts';
import { addUserGroups } from './user-groups.ts';
import { addWaysIn } from './user-ways-in.ts';

interface InviteOptions {
  readonly replace?: boolean;
  readonly reason?: string;
}

export function addUserCommands(program: Command): void {
  const user = program.command('user').description('people who sign in');

  addUserAddCommand(user);

  user
    .command('invite')
    .description('print a link, good once and for 72 hours, to set a password and add a device')
    .argument('<name>', 'user name or e-mail')
    .option('--replace', 'for a lost device: the old ones are revoked once the new one is confirmed')
    .option('--reason <text>', 'why it replaces them; kept in the audit log, and needed with --replace')
    .action((name: string, { replace = false, reason }: InviteOptions, command: Command) =>
      withServices(command, async (services) => {
        // Nobody's old device is asked: the admin's word stands in for it (R24).
        if (replace && !reason?.trim())
          throw new UsageWrong('--replace needs --reason <text>: why no old device approves the new one');
        const account = await accountNamed(services, name);
        if (account.disabled) throw new CommandFailed(`${account.userName} is disabled; enable them first`);
        const active = await services.devices.active(account.sub);
        if (active.length > 0 && !replace) {
          throw new CommandFailed(
            `${account.userName} has a device already; --replace --reason <text> makes a link that replaces it, and a further one is added from the first`,
          );
        }
        const invitation = await invite(services, account, replace, reason);
        say(wantsJson(command), invitationText(account, invitation), {
          sub: account.sub,
          userName: account.userName,
          replaces: replace,
          ...invitation,
        });
      }),
    );

  user
    .command('import')
    .description('add people from a CSV file: all of them, or with any mistake in it none')
    .argument('<file>', 'CSV with a column user_name; email, name and the other claims may follow')
    .option('--dry-run', 'only check the file')
    .option('--invite', 'print an invitation link for each')
    .action((file: string, options: { dryRun?: boolean; invite?: boolean }, command: Command) =>
      withServices(command, (services) => importUsers(services, file, options, wantsJson(command))),
    );

  user
    .command('list')
    .description('list everybody')
    .action((_options: unknown, command: Command) =>
      withServices(command, (services) => list(services, command)),
    );

  user
    .command('disable')
    .description('stop every sign-in, session and token of a person')
    .argument('<name>', 'user name or e-mail')
    .requiredOption('--reason <text>', 'why; kept in the audit log')
    .action((name: string, { reason }: { reason: string }, command: Command) =>
      withServices(command, (services) => setDisabled(services, command, name, true, reason)),
    );

  user
    .command('enable')
    .description('undo disable')
    .argument('<name>', 'user name or e-mail')
    .option('--reason <text>', 'why; kept in the audit log')
    .action((name: string, { reason }: { reason?: string }, command: Command) =>
      withServices(command, (services) => setDisabled(services, command, name, false, reason)),
    );

  user
    .command('password')
    .description('set a password, typed without being shown or read from standard input')
    .argument('<name>', 'user name or e-mail')
    .action((name: string, _options: unknown, command: Command) =>
      withServices(command, async (services, config) => {
        const account = await accountNamed(services, name);
        await changePassword(services, config, account, await readPassword());
        // Whoever had the old password may have signed in with it, and made a browser known.
        await forgetAll(services.store, account.sub);
        const sessions = await signOutFromHere(services, account.sub);
        await tellFromHere(services, account.sub, { notice: 'password-changed' });
        const after = `Changed the password of ${account.userName} and signed them out everywhere.`;
        say(wantsJson(command), after, { sub: account.sub, userName: account.userName, sessions });
      }),
    );

  user
    .command('resume')
    .description('after "Secure my account" or a report: let all browsers ask the person\'s devices again')
    .argument('<name>', 'user name or e-mail')
    .requiredOption('--reason <text>', 'why; kept in the audit log')
    .action((name: string, { reason }: { reason: string }, command: Command) =>
      withServices(command, (services) => resumeRequests(services, command, name, reason)),
    );

  addWaysIn(user);
  addUserGroups(user);

  user
    .command('sign-out')
    .description('end every session and token of a person')
    .argument('<name>', 'user name or e-mail')
    .action((name: string, _options: unknown, command: Command) =>
      withServices(command, (services) => signOut(services, command, name)),
    );
}

async function list(services: Services, command: Command): Promise<void> {
  const people: (ReturnType<typeof summary> & { devices: number })[] = [];
  let after: string | undefined;
  do {
    const page = await services.accounts.list(after === undefined ? {} : { after });
    for (const account of page.accounts) {
      people.push({ ...summary(account), devices: (await services.devices.active(account.sub)).length });
    }
    after = page.next;
  } while (after !== undefined);
  const rows = people.map((one) => [
    one.userName,
    one.emails.join(' '),
    one.disabled ? 'disabled' : one.hasPassword ? 'active' : 'invited',
    String(one.devices),
    time(one.createdAt * 1000),
  ]);
  const text = rows.length > 0 ? table(['USER', 'E-MAIL', 'STATE', 'DEVICES', 'ADDED'], rows) : 'Nobody yet.';
  say(wantsJson(command), text, people);
}

async function setDisabled(
  services: Services,
  command: Command,
  name: string,
  disabled: boolean,
  reason: string | undefined,
): Promise<void> {
  const account = await accountNamed(services, name);
  if (reason?.trim() === '') throw new CommandFailed('--reason: was empty, wanted a few words');
  await services.accounts.setDisabled(account.sub, disabled);
  services.audit.record({
    type: disabled ? 'account.disabled' : 'account.enabled',
    account: account.sub,
    by: 'cli',
    ...(reason === undefined ? {} : { reason }),
  });
  const text = disabled ? `Disabled ${account.userName}.` : `Enabled ${account.userName}.`;
  say(wantsJson(command), text, { ...summary(account), disabled });
}

async function resumeRequests(
  services: Services,
  command: Command,
  name: string,
  reason: string,
): Promise<void> {
  const account = await accountNamed(services, name);
  if (reason.trim() === '') throw new CommandFailed('--reason: was empty, wanted a few words');
  const { sub, userName } = account;
  const resumed = await services.guard.lift(sub, 'admin');
  if (resumed) services.audit.record({ type: 'account.resumed', account: sub, by: 'cli', reason });
  const text = resumed
    ? `Any browser may ask the devices of ${userName} again.`
    : `Nothing was stopped for ${userName}.`;
  say(wantsJson(command), text, { sub, userName, resumed });
}

/** What was given out before this moment is dead at the store, and apps with back-channel logout are told. */
async function signOut(services: Services, command: Command, name: string): Promise<void> {
  const account = await accountNamed(services, name);
  const { sub, userName } = account;
  const sessions = await signOutFromHere(services, sub);
  say(wantsJson(command), `Signed ${userName} out everywhere.`, { sub, userName, sessions });
}
