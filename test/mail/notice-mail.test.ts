import { join } from 'node:path';
import { expect } from 'chai';
import { createNoticeMail } from '../../src/mail/notice-mail.ts';
import { NOTICE_KINDS, NOTICE_WORDS } from '../../src/protocol/notices.ts';

describe('mail/notice-mail', () => {
  const compose = createNoticeMail({
    viewsDir: join(import.meta.dirname, '../../views'),
    organisation: 'Acme & Sons',
    accountPage: 'https://id.example/account',
    contact: 'the IT desk',
  });
  const AT = Date.UTC(2026, 10, 26, 8, 30);

  it('says the same in plain text and HTML for every kind of notice', () => {
    for (const notice of NOTICE_KINDS) {
      const { subject, text, html } = compose({ notice, account: 'ada', device: 'Pixel 9', at: AT });
      const { title, meaning, advice } = NOTICE_WORDS[notice];
      expect(subject).to.equal(`${title} (Acme & Sons)`);
      for (const part of [title, meaning, advice, 'ada', 'Pixel 9', '2026-11-26 08:30 UTC', 'the IT desk']) {
        expect(text, notice).to.include(part);
        expect(html, notice).to.include(part);
      }
      expect(html).to.include('Acme &amp; Sons');
      expect(html.match(/href="[^"]*"/g)).to.deep.equal(['href="https://id.example/account"']);
    }
  });

  it('shows a name from elsewhere on one line, short, and as nothing a mail program makes a link of', () => {
    const device = `www.evil.example/login\r\nBcc: x@evil.example <img src=x>${'y'.repeat(200)}`;
    const { subject, text, html } = compose({ notice: 'device-added', account: 'a<b>&', device, at: AT });
    const line = /^Device: (.*)$/m.exec(text)![1]!;
    expect([...line].length).to.be.at.most(40);
    expect(text.replace('https://id.example/account', '')).not.to.match(/evil\.example|www\.|https?:|@/);
    expect(html).not.to.include('<img').and.not.to.include('<b>');
    expect(subject).not.to.include('evil');
  });
});
