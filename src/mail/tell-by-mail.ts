import type { Account } from '../accounts/account.ts';
import type { NoticeKind } from '../protocol/notices.ts';
import type { MailQueue } from './mail-queue.ts';
import type { NoticeFacts } from './notice-mail.ts';
import type { Mail } from './smtp.ts';

/** What a mail in the queue is about, for the audit log: no address. */
export interface MailAbout {
  readonly account: string;
  readonly notice: NoticeKind;
}

/** An account has few addresses; a record with hundreds must not make a mail storm. */
const MOST_ADDRESSES = 10;

/** Tells the person at every address of the account (R28): each was verified, or set by an admin. Returns at once. */
export type TellByMail = (account: Account, notice: Pick<NoticeFacts, 'notice' | 'device' | 'at'>) => void;

export function createTellByMail(deps: {
  readonly queue: MailQueue<MailAbout>;
  readonly compose: (facts: NoticeFacts) => Omit<Mail, 'to'>;
}): TellByMail {
  return ({ sub, userName, emails }, notice) => {
    if (emails.length === 0) return;
    const mail = deps.compose({ ...notice, account: userName });
    // One each: nobody learns the other addresses.
    for (const { address } of emails.slice(0, MOST_ADDRESSES))
      deps.queue.add({ ...mail, to: address }, { account: sub, notice: notice.notice });
  };
}
