import { createTransport, type SendMailOptions } from 'nodemailer';
import type SMTPTransport from 'nodemailer/lib/smtp-transport/index.js';
import type { Mailbox } from '../options/mailbox.ts';

export interface Mail {
  /** One address. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface SmtpOptions {
  readonly host: string;
  readonly port: number;
  readonly security: 'starttls' | 'tls' | 'none';
  readonly auth?: { readonly user: string; readonly pass: string };
  readonly from: Mailbox;
  /** PEM of certificate authorities, instead of the usual ones. */
  readonly ca?: string;
  /** ms for each step. */
  readonly timeoutMs: number;
  /** Host name we say who we are by. */
  readonly name: string;
}

/** A mail that was not taken. */
export class MailFailed extends Error {
  override readonly name = 'MailFailed';
  /** Whether trying again cannot help: the server refused this mail, not the connection. */
  readonly permanent: boolean;
  /** In a word, without any address: an SMTP reply code, or the library's or Node's own code. */
  readonly reason: string;
  constructor(permanent: boolean, reason: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.permanent = permanent;
    this.reason = reason;
  }
}

export interface Smtp {
  /** @throws MailFailed */
  send(mail: Mail): Promise<void>;
}

/** One connection a mail: notices are rare. Nothing of a mail is ever read from a file or fetched from an address. */
export function createSmtp(options: SmtpOptions): Smtp {
  const { host, port, security, auth, ca, timeoutMs, from } = options;
  const settings: SMTPTransport.Options = {
    host,
    port,
    name: options.name,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(auth ? { auth: { ...auth } } : {}),
    tls: { minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) },
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
  const transport = createTransport(settings);
  const sender = { name: from.name ?? '', address: from.address };
  return {
    async send({ to, subject, text, html }) {
      const message: SendMailOptions = {
        from: sender,
        to: { name: '', address: to },
        subject,
        text,
        html,
        // No vacation answers (RFC 3834 section 5).
        headers: { 'Auto-Submitted': 'auto-generated' },
      };
      try {
        await transport.sendMail(message);
      } catch (error) {
        throw failure(error);
      }
    },
  };
}

function failure(error: unknown): MailFailed {
  const { responseCode, code } = error as { responseCode?: number; code?: string };
  // A refused login or sender is a setting that somebody mends; a refused mail or recipient stays refused.
  const permanent = (responseCode ?? 0) >= 500 && (code === 'EENVELOPE' || code === 'EMESSAGE');
  return new MailFailed(permanent, String(responseCode ?? code ?? 'unknown'), error);
}
