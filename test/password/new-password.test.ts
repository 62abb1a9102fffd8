import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Blocklist, createBlocklist, loadBlocklist } from '../../src/password/blocklist.ts';
import { checkNewPassword } from '../../src/password/new-password.ts';
import { preparePassword } from '../../src/password/prepare.ts';

describe('password/new-password', () => {
  let blocklist: Blocklist;
  before(async () => {
    blocklist = await loadBlocklist();
  });
  const codes = (password: string, rules: { minLength?: number; maxLength?: number } = {}) =>
    checkNewPassword(password, {
      minLength: 12,
      maxLength: 64,
      userName: 'Anna.Nowak',
      emails: ['an.nowak@example.org'],
      organisation: 'Volunteers',
      blocklist,
      ...rules,
    }).map(({ code }) => code);

  it('accepts long passwords of any characters', () => {
    for (const password of [
      'blue lamp over river',
      'żółta łódka na jeziorze',
      '🦊🐢🐙🦉 and some words',
      'gT7#kw0!pQz2',
      ' leading and trailing ',
    ]) {
      expect(codes(password), password).to.deep.equal([]);
    }
  });

  it('counts characters, not bytes or code units, and says what is wanted', () => {
    expect(codes('🦊🐢🐙🦉🐝🦋')).to.include('too_short');
    expect(codes(`${'🦊🐢🐙🦉🐝🦋'.repeat(5)} more words!`)).to.deep.equal([]);
    expect(codes('blue lamp over river '.repeat(4))).to.include('too_long');
    expect(codes('x'.repeat(1_000_000))).to.deep.equal(['too_long']);
    const [problem] = checkNewPassword('short', { minLength: 12, maxLength: 64, userName: 'x', blocklist });
    expect(problem?.text).to.contain('12');
  });

  it('refuses passwords of the list, also with capitals, full width, digits around or said twice', () => {
    expect(blocklist.size).to.be.greaterThan(3000);
    for (const password of [
      'qwertyuiop',
      'QWERTYuiop',
      'ｑｗｅｒｔｙｕｉｏｐ',
      'password2024!',
      'passwordpassword',
    ]) {
      expect(codes(password, { minLength: 8 }), password).to.include('common');
    }
  });

  it('refuses repetition and sequences', () => {
    for (const password of [
      'aaaaaaaaaaaaaaa',
      'xyxyxyxyxyxyxyxy',
      'abcdefghijklmnop',
      'zq7rzq7rzq7rzq7r',
      '456789:;<=>?@',
    ]) {
      expect(codes(password), password).to.deep.equal(['too_simple']);
    }
  });

  it('refuses the user name, the e-mail and the organisation inside', () => {
    for (const password of ['xx ANNA.NOWAK 19 zz', 'my an.nowak password', 'we VOLUNTEERS 3 times']) {
      expect(codes(password), password).to.deep.equal(['contains_name']);
    }
  });

  it('refuses what cannot be typed again', () => {
    expect(codes('blue lamp \ud800 over river')).to.deep.equal(['not_text']);
    expect(codes('blue lamp \0 over river')).to.deep.equal(['not_text']);
    expect(codes('')).to.deep.equal(['too_short']);
  });

  it('takes more entries from a file, those of 8 characters and more', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-'));
    const extraFile = join(folder, 'blocklist.txt');
    await writeFile(extraFile, 'Blue Lamp Over River\r\nshort\n\n');
    const more = await loadBlocklist({ extraFile });
    await rm(folder, { recursive: true });
    expect(more.has('blue lamp over river')).to.equal(true);
    expect(more.has('short')).to.equal(false);
    expect(createBlocklist(['  padded entry ']).has('PADDED entry')).to.equal(true);
  });
});

describe('password/prepare', () => {
  it('makes one password of two ways to write it', () => {
    expect(preparePassword('zo\u0301\u0142ta', 64)).to.deep.equal({
      text: 'z\u00f3\u0142ta',
      tooLong: false,
    });
    expect(preparePassword('Spaces  and CAPITALS ', 64).text).to.equal('Spaces  and CAPITALS ');
  });

  it('cuts what is too long and says so', () => {
    expect(preparePassword('a'.repeat(64), 64)).to.deep.equal({ text: 'a'.repeat(64), tooLong: false });
    expect(preparePassword('a'.repeat(65), 64)).to.deep.equal({ text: 'a'.repeat(64), tooLong: true });
    expect(preparePassword('a'.repeat(1_000_000), 64)).to.deep.equal({ text: 'a'.repeat(64), tooLong: true });
    expect([...preparePassword('\ufdfa'.repeat(64), 64).text]).to.have.length(64);
  });
});
