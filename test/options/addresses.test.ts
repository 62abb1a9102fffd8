import { expect } from 'chai';
import {
  hostPattern,
  isAddressRange,
  isLoopbackHost,
  issuerUrl,
  isWebUrl,
  link,
  origin,
} from '../../src/options/addresses.ts';

const takes = (kind: { safeParse(value: unknown): { success: boolean } }, value: string) =>
  kind.safeParse(value).success;

describe('addresses', () => {
  it('knows which hosts never leave the machine', () => {
    for (const url of [
      'http://localhost',
      'http://app.localhost:3000',
      'http://127.9.8.7',
      'http://[::1]:80',
      'http://0x7f.1',
    ]) {
      expect(isLoopbackHost(new URL(url).hostname), url).to.equal(true);
    }
    for (const host of ['localhost.example', 'notlocalhost', '127.0.0.1.example', '[::2]', '128.0.0.1', '']) {
      expect(isLoopbackHost(host), host).to.equal(false);
    }
  });

  it('takes https anywhere and http only on loopback', () => {
    expect(isWebUrl('https://app.example/cb?x=1')).to.equal(true);
    expect(isWebUrl('http://localhost:3000/cb')).to.equal(true);
    for (const url of [
      'http://app.example',
      'https://u:p@app.example',
      'ftp://app.example',
      'https://',
      'https://a b',
      '//a.example',
      'https:\\\\a.example',
      'javascript:alert(1)',
    ]) {
      expect(isWebUrl(url), url).to.equal(false);
    }
  });

  it('takes an issuer only in the one spelling apps compare it by', () => {
    for (const url of [
      'https://id.example.com',
      'https://id.example.com:8443',
      'http://localhost:3000',
      'http://[::1]:3000',
      'http://127.0.0.1:3000',
      'http://id.localhost',
    ]) {
      expect(takes(issuerUrl(), url), url).to.equal(true);
    }
    for (const url of [
      'https://id.example.com/',
      'https://id.example.com/realm',
      'https://id.example.com?x',
      'https://id.example.com#x',
      'https://ID.example.com',
      'https://id.example.com:443',
      'https://u@id.example.com',
      'http://id.example.com',
      'http://127.1',
      'id.example.com',
    ]) {
      expect(takes(issuerUrl(), url), url).to.equal(false);
    }
  });

  it('R43: refuses a range that would trust everybody', () => {
    for (const range of ['10.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8', '2001:db8::/128']) {
      expect(isAddressRange(range), range).to.equal(true);
    }
    for (const range of [
      '0.0.0.0/0',
      '::/0',
      '10.0.0.0/33',
      '10.0.0.0/',
      '10.0.0.0/8/8',
      '10.0.0',
      'fe80::1%eth0',
      '10.0.0.0/08',
      'host',
      '',
    ]) {
      expect(isAddressRange(range), range).to.equal(false);
    }
  });

  it('takes origins, links and host patterns in their exact forms', () => {
    expect(takes(origin(), 'https://app.example')).to.equal(true);
    expect(takes(origin(), 'https://app.example/')).to.equal(false);
    expect(takes(origin(), 'null')).to.equal(false);
    expect(takes(link(), '/logo.svg')).to.equal(true);
    expect(takes(link(), '//evil.example/logo.svg')).to.equal(false);
    expect(takes(link(), '/\\evil.example')).to.equal(false);
    expect(takes(hostPattern(), '*.push.apple.com')).to.equal(true);
    for (const host of [
      '*',
      '*.com.',
      'a.*.com',
      '10.0.0.1',
      'Push.example.com',
      'localhost.',
      'fcm.googleapis.com:443',
    ]) {
      expect(takes(hostPattern(), host), host).to.equal(false);
    }
  });
});
