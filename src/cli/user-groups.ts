import type { Command } from 'commander';
import type { Services } from '../services.ts';
import { accountNamed, wantsJson, withServices } from './context.ts';
import { CommandFailed, printable, say } from './output.ts';

interface GroupsOptions {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

const several = (value: string, before: readonly string[]): readonly string[] => [...before, value];

/** What policy may name people by; no app is told. */
export function addUserGroups(user: Command): void {
  user
    .command('groups')
    .description('show the groups of a person, or change them; policy.requirePasskey names groups')
    .argument('<name>', 'user name or e-mail')
    .option('--add <group>', 'a group to be in; may be given again', several, [])
    .option('--remove <group>', 'a group to leave; may be given again', several, [])
    .action((name: string, options: GroupsOptions, command: Command) =>
      withServices(command, (services) => change(services, command, name, options)),
    );
}

async function change(
  services: Services,
  command: Command,
  name: string,
  { add, remove }: GroupsOptions,
): Promise<void> {
  const account = await accountNamed(services, name);
  const { sub, userName } = account;
  for (const group of [...add, ...remove])
    if (!/^[^\p{Cc}\p{Cs}]{1,64}$/u.test(group))
      throw new CommandFailed(
        `--add, --remove: was ${JSON.stringify(group)}, wanted 1 to 64 characters without control characters`,
      );
  let groups = account.groups ?? [];
  if (add.length + remove.length > 0) {
    const changed = await services.accounts.changeGroups(sub, { add, remove });
    groups = changed?.groups ?? [];
    services.audit.record({ type: 'account.changed', account: sub, by: 'cli', fields: ['groups'] });
  }
  const listed = groups.map(printable).join(', ');
  const text = groups.length > 0 ? `${userName} is in: ${listed}` : `${userName} is in no group.`;
  say(wantsJson(command), text, { sub, userName, groups });
}
