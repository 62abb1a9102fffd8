import type { Command } from 'commander';
import type { Device } from '../devices/device.ts';
import { fingerprint } from '../protocol/fingerprint.ts';
import { accountNamed, wantsJson, withServices } from './context.ts';
import { addDeviceCodeCommand } from './device-code.ts';
import { addDeviceRunCommand } from './device-run.ts';
import { CommandFailed, printable, say, table, time } from './output.ts';
import { tellFromHere } from './tell.ts';

export function addDeviceCommands(program: Command): void {
  const device = program.command('device').description('the devices that approve sign-ins');

  device
    .command('list')
    .description('list the devices of a person')
    .argument('<user>', 'user name or e-mail')
    .action((name: string, _options: unknown, command: Command) =>
      withServices(command, async (services) => {
        const account = await accountNamed(services, name);
        const devices = await services.devices.list(account.sub);
        const rows = devices.map((one) => [
          shortId(one),
          one.name,
          one.kind,
          one.state,
          time(one.enrolledAt),
          time(one.lastSeenAt),
          fingerprint(one.thumbprint),
          one.credential ? 'yes' : 'no',
        ]);
        const headings = [
          'DEVICE',
          'NAME',
          'KIND',
          'STATE',
          'ENROLLED',
          'LAST SEEN',
          'FINGERPRINT',
          'VERIFIES PERSON',
        ];
        const text = rows.length > 0 ? table(headings, rows) : `${account.userName} has no device.`;
        say(wantsJson(command), text, devices.map(shown));
      }),
    );

  device
    .command('revoke')
    .description('stop a device at once; its key never comes back')
    .argument('<user>', 'user name or e-mail')
    .argument('<device>', 'its id as "device list" shows it, or its name if no other has it')
    .option('--reason <text>', 'why; kept in the audit log', 'revoked on the command line')
    .action((name: string, wanted: string, { reason }: { reason: string }, command: Command) =>
      withServices(command, async (services) => {
        const account = await accountNamed(services, name);
        const found = pick(await services.devices.active(account.sub), wanted, account.userName);
        await services.devices.revoke(account.sub, found.id);
        services.audit.record({
          type: 'device.revoked',
          account: account.sub,
          device: found.id,
          by: 'cli',
          reason,
        });
        await tellFromHere(services, account.sub, { notice: 'device-removed', device: found.name });
        say(wantsJson(command), `Revoked ${printable(found.name)} of ${account.userName}.`, {
          ...shown(found),
          state: 'revoked',
        });
      }),
    );

  addDeviceRunCommand(device);
  addDeviceCodeCommand(device);
}

/** @throws CommandFailed unless exactly one active device is meant. */
function pick(active: readonly Device[], wanted: string, userName: string): Device {
  const byId = active.find((one) => one.id === wanted || shortId(one) === wanted);
  if (byId) return byId;
  const named = active.filter((one) => one.name === wanted);
  if (named.length === 1 && named[0]) return named[0];
  throw new CommandFailed(
    named.length > 1
      ? `${userName} has ${named.length} devices called ${JSON.stringify(wanted)}; use the id that "countersign device list ${userName}" shows`
      : `${userName} has no active device ${JSON.stringify(wanted)}; "countersign device list ${userName}" shows all`,
  );
}

/** The account is known by then: the random half is enough. */
const shortId = (device: Device) => device.id.slice(device.id.indexOf('.') + 1);

function shown(device: Device) {
  const { id, name, kind, state, enrolledAt, lastSeenAt, alg } = device;
  return {
    device: shortId(device),
    id,
    name,
    kind,
    state,
    alg,
    enrolledAt,
    lastSeenAt,
    fingerprint: fingerprint(device.thumbprint),
    push: device.subscription !== null,
    /** Whether its approvals need a verified person (WebAuthn). */
    verifiesPerson: device.credential !== undefined,
  };
}
