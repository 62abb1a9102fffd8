import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import { recordMail } from '../mail/audit-events.ts';
import { createMailQueue } from '../mail/mail-queue.ts';
import { createNoticeMail } from '../mail/notice-mail.ts';
import { createSmtp, type Smtp } from '../mail/smtp.ts';
import { createTellByMail, type MailAbout, type TellByMail } from '../mail/tell-by-mail.ts';
import { parseMailbox } from '../options/mailbox.ts';
import type { Services } from '../services.ts';

const VIEWS = join(import.meta.dirname, '..', '..', 'views');

export interface MailParts {
  readonly tell: TellByMail;
  /** Tries what waits once more, within a few seconds. */
  close(): Promise<void>;
}

/**
 * The SMTP server of the configuration, or `undefined` when there is none.
 *
 * @throws Error when the file of certificate authorities cannot be read.
 */
export function smtpOf({ mail, issuer }: Config): Smtp | undefined {
  if (!mail) return undefined;
  const { host, port, security, user, password, from, caFile, timeout } = mail;
  return createSmtp({
    host,
    port,
    security,
    from: parseMailbox(from) ?? { address: from },
    timeoutMs: timeout,
    name: new URL(issuer).hostname,
    ...(user === undefined ? {} : { auth: { user, pass: password ?? '' } }),
    ...(caFile === undefined ? {} : { ca: readFileSync(caFile, 'utf8') }),
  });
}

export function noticeMailOf(config: Config): ReturnType<typeof createNoticeMail> {
  const { name, supportContact } = config.organisation;
  return createNoticeMail({
    viewsDir: VIEWS,
    organisation: name,
    accountPage: new URL('/account', config.issuer).href,
    ...(supportContact === undefined ? {} : { contact: supportContact }),
  });
}

/** Mail for the notices of an account; without an SMTP server nobody gets any. */
export function composeMail({ config, audit }: Pick<Services, 'config' | 'audit'>): MailParts {
  const smtp = smtpOf(config);
  if (!smtp) return { tell: () => {}, close: async () => {} };
  const queue = createMailQueue<MailAbout>({
    send: smtp.send,
    record: (outcome) => recordMail(audit, outcome),
    max: config.mail?.queue ?? 0,
  });
  return { tell: createTellByMail({ queue, compose: noticeMailOf(config) }), close: queue.close };
}
