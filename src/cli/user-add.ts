import type { Command } from 'commander';
import type { Account } from '../accounts/account.ts';
import { newAccountSchema } from '../accounts/schema.ts';
import type { Config } from '../config/schema.ts';
import { setPassword } from '../password/set-password.ts';
import type { Services } from '../services.ts';
import { wantsJson, withServices } from './context.ts';
import { invitationText, invite } from './invite.ts';
import { CommandFailed, say } from './output.ts';
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

export function addUserAddCommand(user: Command): void {
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

/** @throws CommandFailed with the reasons when the password will not do. */
export async function changePassword(
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

/** What scripts are told of a person. */
export function summary(account: Account) {
  return {
    sub: account.sub,
    userName: account.userName,
    emails: account.emails.map(({ address }) => address),
    name: account.profile.name,
    disabled: account.disabled,
    hasPassword: account.passwordHash !== null,
    createdAt: account.createdAt,
  };
}
