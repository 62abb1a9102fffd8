import type { Command } from 'commander';
import { type Passkey, passkeyFingerprint, passkeyRef } from '../passkey/passkey.ts';
import { accountNamed, wantsJson, withServices } from './context.ts';
import { CommandFailed, printable, say, table, time } from './output.ts';
import { tellFromHere } from './tell.ts';

export function addPasskeyCommands(program: Command): void {
  const passkey = program.command('passkey').description('the passkeys that people sign in with');

  passkey
    .command('list')
    .description('list the passkeys of a person')
    .argument('<user>', 'user name or e-mail')
    .action((name: string, _options: unknown, command: Command) =>
      withServices(command, async (services) => {
        const account = await accountNamed(services, name);
        const passkeys = await services.passkeys.list(account.sub);
        const rows = passkeys.map((one) => [
          passkeyRef(one.id),
          one.name,
          one.aaguid,
          one.attested ? 'yes' : 'no',
          one.backupEligible ? 'yes' : 'no',
          time(one.createdAt),
          one.lastUsedAt === null ? 'never' : time(one.lastUsedAt),
          passkeyFingerprint(one),
        ]);
        const headings = [
          'PASSKEY',
          'NAME',
          'MODEL',
          'ATTESTED',
          'SYNCED',
          'ADDED',
          'LAST USED',
          'FINGERPRINT',
        ];
        const text = rows.length > 0 ? table(headings, rows) : `${account.userName} has no passkey.`;
        say(wantsJson(command), text, passkeys.map(shown));
      }),
    );

  passkey
    .command('remove')
    .description('take a passkey away at once; it never comes back')
    .argument('<user>', 'user name or e-mail')
    .argument('<passkey>', 'its id as "passkey list" shows it, or its name if no other has it')
    .option('--reason <text>', 'why; kept in the audit log', 'removed on the command line')
    .action((name: string, wanted: string, { reason }: { reason: string }, command: Command) =>
      withServices(command, async (services) => {
        const { sub, userName } = await accountNamed(services, name);
        const found = pick(await services.passkeys.list(sub), wanted, userName);
        await services.passkeys.remove(sub, found.id);
        const on = { account: sub, passkey: passkeyRef(found.id), name: found.name };
        services.audit.record({ type: 'passkey.removed', ...on, by: 'cli', reason });
        await tellFromHere(services, sub, { notice: 'passkey-removed', device: found.name });
        say(wantsJson(command), `Removed the passkey ${printable(found.name)} of ${userName}.`, shown(found));
      }),
    );
}

/** @throws CommandFailed unless exactly one passkey is meant. */
function pick(passkeys: readonly Passkey[], wanted: string, userName: string): Passkey {
  const byId = passkeys.find(({ id }) => passkeyRef(id) === wanted);
  if (byId) return byId;
  const named = passkeys.filter((one) => one.name === wanted);
  if (named.length === 1 && named[0]) return named[0];
  throw new CommandFailed(
    named.length > 1
      ? `${userName} has ${named.length} passkeys called ${JSON.stringify(wanted)}; use the id that "countersign passkey list ${userName}" shows`
      : `${userName} has no passkey ${JSON.stringify(wanted)}; "countersign passkey list ${userName}" shows all`,
  );
}

function shown(passkey: Passkey) {
  const { id, name, aaguid, attested, discoverable, backupEligible, createdAt, lastUsedAt } = passkey;
  return {
    passkey: passkeyRef(id),
    name,
    model: aaguid,
    attested,
    discoverable,
    synced: backupEligible,
    createdAt,
    lastUsedAt,
    fingerprint: passkeyFingerprint(passkey),
  };
}
