import type { Command } from 'commander';
import { inFirstDeviceWindow } from '../accounts/first-device.ts';
import { groupCode } from '../protocol/crockford.ts';
import { giveBypass, takeBypassBack } from '../recovery/bypass.ts';
import type { Services } from '../services.ts';
import { bypassAllowed } from '../settings.ts';
import { givenDuration, givenReason } from './arguments.ts';
import { accountNamed, wantsJson, withServices } from './context.ts';
import { invitationsOf } from './invite.ts';
import { CommandFailed, say, time } from './output.ts';
import { tellFromHere } from './tell.ts';

interface WayIn {
  readonly for: string;
  readonly reason: string;
}

/** Ways in for somebody without a device, each an admin's act with a reason: one code, or a window for the first device. */
export function addWaysIn(user: Command): void {
  const bypass = user
    .command('bypass')
    .description('print one code that signs a person in once, in place of their device')
    .argument('<name>', 'user name or e-mail')
    .option('--for <time>', 'how long it is good, 1min to 24h', '15min')
    .requiredOption('--reason <text>', 'why; kept in the audit log')
    .action((name: string, options: WayIn, command: Command) =>
      withServices(command, (services) => give(services, command, name, options)),
    );
  bypass
    .option('--take-back', 'end the one that was given, unless it was used')
    .addHelpText('after', '\nThe person types it on "I do not have my phone", after their password.');

  user
    .command('grace')
    .description('let a person without a device add the first one at their next sign-in')
    .argument('<name>', 'user name or e-mail')
    .option('--for <time>', 'how long, 10min to 14d', '24h')
    .option('--end', 'end it now')
    .requiredOption('--reason <text>', 'why; kept in the audit log')
    .action((name: string, options: WayIn & { end?: boolean }, command: Command) =>
      withServices(command, (services) => openWindow(services, command, name, options)),
    );
}

async function give(
  services: Services,
  command: Command,
  name: string,
  options: WayIn & { readonly takeBack?: boolean },
): Promise<void> {
  const { store, audit, config } = services;
  const account = await accountNamed(services, name);
  const { sub, userName } = account;
  const reason = givenReason(options.reason);
  if (options.takeBack) {
    const takenBack = await takeBypassBack(store, sub);
    if (takenBack) audit.record({ type: 'bypass.taken_back', account: sub, by: 'cli', reason });
    const text = takenBack ? `The code of ${userName} works no more.` : `${userName} has no such code.`;
    return say(wantsJson(command), text, { sub, userName, takenBack });
  }
  if (!bypassAllowed(config)) {
    const because =
      config.policy.profile === 'nist'
        ? 'policy.profile is nist'
        : 'factors.bypass is off in the configuration';
    throw new CommandFailed(`no code can stand in for a device here: ${because}`);
  }
  if (account.disabled) throw new CommandFailed(`${userName} is disabled; enable them first`);
  const lifeMs = givenDuration('--for', options.for, '1min', '24h');
  const { code, expiresAt } = await giveBypass(store, sub, lifeMs);
  const until = Math.floor(expiresAt / 1000);
  audit.record({ type: 'bypass.given', account: sub, by: 'cli', reason, until });
  await tellFromHere(services, sub, { notice: 'bypass-given' });
  const shown = groupCode(code);
  const text = `Code for ${userName}, good once and until ${time(expiresAt)}:\n\n  ${shown}\n\nThey sign in with their password, choose "I do not have my phone", and type it. Make sure that it is them who ask.`;
  say(wantsJson(command), text, { sub, userName, code: shown, expiresAt });
}

async function openWindow(
  services: Services,
  command: Command,
  name: string,
  options: WayIn & { readonly end?: boolean },
): Promise<void> {
  const { accounts, audit } = services;
  const account = await accountNamed(services, name);
  const { sub, userName } = account;
  const reason = givenReason(options.reason);
  if (options.end) {
    const open = inFirstDeviceWindow(account, Date.now() / 1000);
    await accounts.setFirstDeviceUntil(sub, null);
    // A page that was reached in the window goes with it.
    await invitationsOf(services).cancelBegun(sub, 'first-device-window');
    if (open) audit.record({ type: 'account.first_device_closed', account: sub, by: 'cli', reason });
    const text = open ? `The window of ${userName} is closed.` : `No window was open for ${userName}.`;
    return say(wantsJson(command), text, { sub, userName, closed: open });
  }
  if (account.disabled) throw new CommandFailed(`${userName} is disabled; enable them first`);
  if (account.passwordHash === null)
    throw new CommandFailed(`${userName} has no password yet; countersign user invite sets up both`);
  if ((await services.devices.active(sub)).length > 0)
    throw new CommandFailed(
      `${userName} has a device already; a further one is added from the first, and countersign user invite --replace replaces a lost one`,
    );
  if ((await services.passkeys.list(sub)).length > 0)
    throw new CommandFailed(
      `${userName} has a passkey, which approves a device at /account; countersign user invite adds one where it is lost`,
    );
  const lifeMs = givenDuration('--for', options.for, '10min', '14d');
  const until = Math.floor((Date.now() + lifeMs) / 1000);
  await accounts.setFirstDeviceUntil(sub, until);
  audit.record({ type: 'account.first_device_opened', account: sub, by: 'cli', reason, until });
  await tellFromHere(services, sub, { notice: 'first-device-window' });
  const text = `Until ${time(until * 1000)}, ${userName} may add their first device when they sign in with their password. So may anybody else who knows it: keep the window short.`;
  say(wantsJson(command), text, { sub, userName, until });
}
