import type { IncomingMessage } from 'node:http';
import { expect } from 'chai';
import {
  countRememberedCookies,
  newSeries,
  readRememberedCookie,
  rememberedCookieHeader,
} from '../../src/remembered/remembered-cookie.ts';

const ISSUER = 'https://id.example';
const key = Buffer.alloc(32, 1);
const asking = (cookie: string) => ({ headers: { cookie } }) as IncomingMessage;
const series = newSeries();
const headerOf = (sub: string, issuer = ISSUER, generation = 4) =>
  rememberedCookieHeader({ series, generation }, { sub, issuer, key, seconds: 60 });
const pair = (header: string) => header.slice(0, header.indexOf(';'));

describe('remembered/remembered-cookie', () => {
  it('R41: is __Host-, HttpOnly, Secure and SameSite=Strict on https, and lives as long as it is told', () => {
    expect(headerOf('alice')).to.match(
      /^__Host-remembered-[\w-]{16}=[\w-]{43}\.4\.[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=60; Secure$/,
    );
    expect(headerOf('alice', 'http://localhost:3000'))
      .to.match(/^remembered-/)
      .and.not.to.include('Secure');
  });

  it('reads back for its account alone, and tells no name', () => {
    const cookie = pair(headerOf('alice'));
    expect(readRememberedCookie(asking(cookie), 'alice', ISSUER, key)).to.deep.equal({
      series,
      generation: 4,
    });
    const bobs = pair(headerOf('bob'));
    expect(bobs.split('=')[0]).not.to.equal(cookie.split('=')[0]);
    const swapped = `${bobs.split('=')[0]}=${cookie.split('=')[1]}`;
    expect(readRememberedCookie(asking(swapped), 'bob', ISSUER, key)).to.equal(undefined);
    expect(headerOf('alice')).not.to.include('alice');
  });

  it('is nothing with any part changed, or under another key', () => {
    const cookie = pair(headerOf('alice'));
    const [name = '', value = ''] = cookie.split('=');
    const [random = '', , mac = ''] = value.split('.');
    const other = newSeries();
    for (const forged of [
      `${random}.5.${mac}`,
      `${random}.04.${mac}`,
      `${other}.4.${mac}`,
      `${random}.4.${other}`,
      `${random}.4.`,
      `${random}.4.${mac}x`,
      '',
    ])
      expect(readRememberedCookie(asking(`${name}=${forged}`), 'alice', ISSUER, key), forged).to.equal(
        undefined,
      );
    expect(readRememberedCookie(asking(cookie), 'alice', ISSUER, Buffer.alloc(32, 2))).to.equal(undefined);
    expect(readRememberedCookie(asking(''), 'alice', ISSUER, key)).to.equal(undefined);
  });

  it('counts those of everybody in a browser', () => {
    const both = `${pair(headerOf('alice'))}; other=1; ${pair(headerOf('bob'))}`;
    expect(countRememberedCookies(asking(both))).to.equal(2);
    expect(countRememberedCookies(asking('other=1'))).to.equal(0);
  });
});
