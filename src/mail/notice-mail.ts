import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ejs from 'ejs';
import { NOTICE_WORDS, type NoticeKind } from '../protocol/notices.ts';
import { stripToLine } from '../risk/plain-line.ts';
import type { Mail } from './smtp.ts';

export interface NoticeFacts {
  readonly notice: NoticeKind;
  /** User name. */
  readonly account: string;
  /** Name of the device or passkey it is about. */
  readonly device?: string;
  /** Epoch ms. */
  readonly at: number;
}

export interface NoticeMailOptions {
  readonly viewsDir: string;
  readonly organisation: string;
  /** A person's own page. */
  readonly accountPage: string;
  /** Whom to ask, in words. */
  readonly contact?: string;
}

/** What the template is given, and the plain text is made of. */
interface Parts {
  readonly title: string;
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  readonly sentences: readonly string[];
  readonly accountPage: string;
  readonly organisation: string;
}

/**
 * A name from elsewhere as it may stand in a mail: one line, and nothing that a mail program would make a link of.
 */
function harmless(text: string): string {
  return stripToLine(text, 40).replace(/[:/\\@<>[\]]|\.(?=\S)/g, '·');
}

const when = (at: number) => `${new Date(at).toISOString().replace('T', ' ').slice(0, 16)} UTC`;

/**
 * The mail of a notice, plain and simple HTML with the same words. It asks for nothing and leads nowhere but to the
 * person's own page, so that nobody learns to follow links of such mails to a password field.
 */
export function createNoticeMail(options: NoticeMailOptions): (facts: NoticeFacts) => Omit<Mail, 'to'> {
  const { organisation, accountPage, contact } = options;
  const template = ejs.compile(readFileSync(join(options.viewsDir, 'mail/notice.ejs'), 'utf8'), {
    rmWhitespace: true,
  });
  return ({ notice, account, device, at }) => {
    const { title, meaning, advice } = NOTICE_WORDS[notice];
    const parts: Parts = {
      title,
      facts: [
        { label: 'Account', value: harmless(account) },
        ...(device === undefined ? [] : [{ label: 'Device', value: harmless(device) }]),
        { label: 'When', value: when(at) },
      ],
      sentences: [meaning, advice, ...(contact === undefined ? [] : [`Questions? Ask ${contact}.`])],
      accountPage,
      organisation,
    };
    return { subject: `${title} (${organisation})`, text: textOf(parts), html: template(parts) };
  };
}

function textOf({ title, facts, sentences, accountPage, organisation }: Parts): string {
  return [
    `${title}.`,
    '',
    ...facts.map(({ label, value }) => `${label}: ${value}`),
    '',
    ...sentences.flatMap((sentence) => [sentence, '']),
    `Your own page: ${accountPage}`,
    '',
    `${organisation} sends this to every address of your account. It cannot be answered.`,
    '',
  ].join('\n');
}
