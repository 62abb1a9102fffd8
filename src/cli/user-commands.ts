import type { Command } from 'commander';
import type { Account } from '../accounts/account.ts';
import { newAccountSchema } from '../accounts/schema.ts';
import type { Config } from '../config/schema.ts';
import { setPassword } from '../password/set-password.ts';
import type { Services } from '../services.ts';
import { names } from '../store/keys.ts';
import { accountNamed, wantsJson, withServices } from './context.ts';
import { importUsers } from './import-users.ts';
import { invite } from './invite.ts';
import { CommandFailed, say, table, time } from './output.ts';
import { withPasswordParts } from './passwords.ts';
import { readPassword } from './read-password.ts';

interface AddOptions {
  readonly email?: readonly string[];
  readonly emailVerified?: boolean;
  readonly name?: string;
  readonly passwordStdin?: boolean;
  readonly invite?: boolean;
}

const collect = (value: string, before: readonly string[] = []) => [...before, value];

export function addUserCommands(program: Command): void {
  const user = program.command('user').description('people who sign in');

  user
    .command('add')
    .description('add a person; without --password-stdin they set their password by an invitation')
    .argument('<name>', 'user name, unique whatever its capitals')
    .option('--email <address>', 'e-mail address, which signs in too; may be given several times', collect)
    .option('--email-verified', 'the addresses are known to be theirs')
    .option('--name <name>', 'full name, for apps')
    .option('--password-stdin', 'read the password from standard input')
    .option('--invite', 'print an invitation link as well')
    .action((name: string, options: AddOptions, command: Command) =>
      withServices(command, async (services, config) => {
        const account = await add(services, config, name, options);
        const invitation = options.invite ? await invite(services, account) : undefined;
        const next = invitation
          ? invitationText(account, invitation)
          : account.passwordHash === null
            ? `Next: countersign user invite ${account.userName}`
            : `Next: countersign user invite ${account.userName}, to add their phone`;
        say(wantsJson(command), `Added ${account.userName}.\n${next}`, {
          ...summary(account),
          ...invitation,
        });
      }),
    );

  user
    .command('invite')
    .description('print a link, good once and for 72 hours, to set a password and add a device')
    .argument('<name>', 'user name or e-mail')
    .option('--replace', 'for a lost device: the old ones are revoked once the new one is confirmed')
    .action((name: string, { replace = false }: { replace?: boolean }, command: Command) =>
      withServices(command, async (services) => {
        const account = await accountNamed(services, name);
        if (account.disabled) throw new CommandFailed(`${account.userName} is disabled; enable them first`);
        const active = await services.devices.active(account.sub);
        if (active.length > 0 && !replace) {
          throw new CommandFailed(
            `${account.userName} has a device already; --replace makes a link that replaces it, and a further one is added from the first`,
          );
        }
        const invitation = await invite(services, account, replace);
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
        const after = `Changed the password of ${account.userName}. Sessions go on; "countersign user sign-out ${account.userName}" ends them.`;
        say(wantsJson(command), after, { sub: account.sub, userName: account.userName });
      }),
    );

  user
    .command('sign-out')
    .description('end every session and token of a person')
    .argument('<name>', 'user name or e-mail')
    .action((name: string, _options: unknown, command: Command) =>
      withServices(command, (services) => signOut(services, command, name)),
    );
}

async function add(
  services: Services,
  config: Config,
  userName: string,
  options: AddOptions,
): Promise<Account> {
  const verified = options.emailVerified === true;
  const person = newAccountSchema.parse({
    userName,
    emails: (options.email ?? []).map((address) => ({ address, verified })),
    profile: options.name === undefined ? {} : { name: options.name },
  });
  const password = options.passwordStdin ? await readPassword() : undefined;
  // The account first, without a password: nobody can sign in to it until one has been found good enough.
  const account = await services.accounts.create(person);
  if (password !== undefined) {
    try {
      return await changePassword(services, config, account, password, { created: true });
    } catch (error) {
      await services.accounts.remove(account.sub);
      throw error;
    }
  }
  services.audit.record({
    type: 'account.created',
    account: account.sub,
    userName: account.userName,
    by: 'cli',
  });
  return account;
}

async function changePassword(
  services: Services,
  config: Config,
  account: Account,
  password: string,
  { created = false } = {},
): Promise<Account> {
  const result = await withPasswordParts(services, config, (parts) => setPassword(parts, account, password));
  if (!result.ok) {
    throw new CommandFailed(
      `that password will not do: ${result.problems.map(({ text }) => text).join(' ')}`,
    );
  }
  const { sub, userName } = account;
  if (created) services.audit.record({ type: 'account.created', account: sub, userName, by: 'cli' });
  services.audit.record({ type: 'account.password_changed', account: sub, by: 'cli' });
  return result.account;
}

async function list(services: Services, command: Command): Promise<void> {
  const people: ReturnType<typeof summary>[] = [];
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

/** What was given out before this moment is dead at the store; apps with back-channel logout are not called from here. */
async function signOut(services: Services, command: Command, name: string): Promise<void> {
  const account = await accountNamed(services, name);
  const { sub, userName } = account;
  const page = await services.store.index.page(names.sessions(sub), { limit: 1000 });
  const sessions = page.entries.length;
  await services.accounts.raiseNotBefore(sub, Math.floor((await services.store.now()) / 1000));
  services.audit.record({ type: 'session.ended_everywhere', account: sub, by: 'cli', sessions });
  say(wantsJson(command), `Signed ${userName} out everywhere.`, { sub, userName, sessions });
}

function summary(account: Account) {
  return {
    sub: account.sub,
    userName: account.userName,
    emails: account.emails.map(({ address }) => address),
    name: account.profile.name,
    disabled: account.disabled,
    hasPassword: account.passwordHash !== null,
    createdAt: account.createdAt,
    devices: 0,
  };
}

function invitationText(account: Account, { link, expiresAt }: { link: string; expiresAt: number }): string {
  return `Invitation for ${account.userName}, good once and until ${time(expiresAt)}:\n\n  ${link}\n\nWho opens it sets up the account: hand it over in private.`;
}
