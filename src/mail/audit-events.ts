import type { Audit } from '../audit/audit.ts';
import type { MailOutcome } from './mail-queue.ts';
import type { MailAbout } from './tell-by-mail.ts';

/** Writes down what became of a mail; no address (R49). */
export function recordMail(audit: Audit, { about, outcome, attempts, reason }: MailOutcome<MailAbout>): void {
  if (outcome === 'sent') audit.record({ type: 'mail.sent', ...about, attempts });
  else audit.record({ type: 'mail.failed', ...about, attempts, reason: reason ?? outcome });
}
