import { choice, duration, integer, path, text, textOf } from '../../options/kinds.ts';
import { isMailbox } from '../../options/mailbox.ts';
import { optional, optionalSection, required, standard } from '../../options/option.ts';

const host = () =>
  textOf('host', 'a host name or an IP address', (value) => /^[A-Za-z0-9.:_-]{1,255}$/.test(value));

const mailbox = () =>
  textOf('mailbox', 'an address such as no-reply@example.com, or Name <no-reply@example.com>', isMailbox);

export const mail = optionalSection(
  'Mail to people about their own account, beside the notices on their devices; without it nobody gets any.',
  {
    host: required(host(), 'SMTP server that takes the mail (RFC 6409).'),
    port: standard(integer(1, 65_535), 587, 'TCP port of it; 465 is the usual one for `security: tls`.'),
    security: standard(
      choice('starttls', 'tls', 'none'),
      'starttls',
      '`starttls` and `tls` send nothing before the server has shown its certificate; `none` sends in the clear.',
    ),
    from: required(mailbox(), 'Sender of every mail.'),
    user: optional(text(1, 256), 'User name at the server.'),
    password: optional(text(1, 1_024), 'Password at the server.', { secret: true }),
    passwordFile: optional(
      path(),
      'File that holds the password, instead of `mail.password`; spaces and line ends around it are ignored.',
    ),
    caFile: optional(path(), 'PEM file of certificate authorities to trust instead of the usual ones.'),
    timeout: standard(duration('1s', '2min'), '30s', 'Time the server has for each step.'),
    queue: standard(
      integer(10, 100_000, 'mails'),
      1_000,
      'Mails of one process that may wait for the server; more are dropped, and written down.',
    ),
  },
);
