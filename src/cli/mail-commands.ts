import type { Command } from 'commander';
import { noticeMailOf, smtpOf } from '../composition/mail.ts';
import { loadConfig } from '../config/load.ts';
import { MailFailed } from '../mail/smtp.ts';
import { isMailbox } from '../options/mailbox.ts';
import { configSource, wantsJson } from './context.ts';
import { CommandFailed, printable, say, UsageWrong } from './output.ts';

export function addMailCommands(program: Command): void {
  program
    .command('mail')
    .description('mail to people about their own account')
    .command('test')
    .description('send one notice as people get them, and say what the SMTP server answered')
    .argument('<address>', 'who gets it')
    .action((address: string, _options: unknown, command: Command) => sendTest(address, command));
}

async function sendTest(address: string, command: Command): Promise<void> {
  if (!isMailbox(address) || address.includes('<'))
    throw new UsageWrong(`not an address: ${printable(address)}; wanted one such as ada@example.com`);
  const config = loadConfig(configSource(command));
  const smtp = smtpOf(config);
  if (!smtp) throw new CommandFailed('mail is not set up: it needs mail.host and mail.from');
  const { host, port, security } = config.mail!;
  const server = `${host}:${port} (${security})`;
  const mail = noticeMailOf(config)({
    notice: 'device-added',
    account: 'test',
    device: 'No device; this is a test',
    at: Date.now(),
  });
  try {
    await smtp.send({ ...mail, to: address, subject: `Test: ${mail.subject}` });
  } catch (error) {
    if (!(error instanceof MailFailed)) throw error;
    throw new CommandFailed(`${server} did not take it: ${printable(error.message)} (${error.reason})`);
  }
  say(wantsJson(command), `${server} took a mail to ${address}.`, { address, host, port, security });
}
