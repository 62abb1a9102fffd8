import type { Command } from 'commander';
import { addClientAddCommand, shown } from './client-add.ts';
import { wantsJson, withServices } from './context.ts';
import { CommandFailed, say, table } from './output.ts';

export function addClientCommands(program: Command): void {
  const client = program.command('client').description('apps that sign people in here');

  addClientAddCommand(client);

  client
    .command('list')
    .description('list the apps of the store and of the configuration')
    .action((_options: unknown, command: Command) =>
      withServices(command, async ({ clients }) => {
        const all = await clients.list();
        const rows = all.map(({ client: one, declared }) => [
          one.clientId,
          one.name,
          one.tokenEndpointAuthMethod === 'none' ? 'public' : 'confidential',
          one.floor,
          declared ? 'configuration' : 'store',
        ]);
        const text = rows.length > 0 ? table(['ID', 'NAME', 'KIND', 'FLOOR', 'FROM'], rows) : 'No app yet.';
        say(
          wantsJson(command),
          text,
          all.map(({ client: one, declared }) => ({ ...shown(one), declared })),
        );
      }),
    );

  client
    .command('show')
    .description('show one app, without its secret')
    .argument('<id>')
    .action((id: string, _options: unknown, command: Command) =>
      withServices(command, async ({ clients }) => {
        const found = await clients.find(id);
        if (!found)
          throw new CommandFailed(`no client ${JSON.stringify(id)}; "countersign client list" shows all`);
        const all = { ...shown(found), declared: clients.isDeclared(id) };
        const rows = Object.entries(all).map(([field, value]) => [
          field,
          Array.isArray(value)
            ? value.join(' ')
            : typeof value === 'object'
              ? JSON.stringify(value)
              : String(value),
        ]);
        say(wantsJson(command), table(['OPTION', 'VALUE'], rows), all);
      }),
    );

  client
    .command('remove')
    .description('remove an app of the store; its tokens stop working')
    .argument('<id>')
    .action((id: string, _options: unknown, command: Command) =>
      withServices(command, async ({ clients, audit }) => {
        if (clients.isDeclared(id)) {
          throw new CommandFailed(
            `client ${JSON.stringify(id)} is declared in the configuration: remove it there`,
          );
        }
        if (!(await clients.remove(id))) {
          throw new CommandFailed(`no client ${JSON.stringify(id)}; "countersign client list" shows all`);
        }
        audit.record({ type: 'client.removed', client: id, by: 'cli' });
        say(wantsJson(command), `Removed ${id}.`, { clientId: id });
      }),
    );
}
