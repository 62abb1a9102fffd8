import { expect } from 'chai';
import { stripToLine } from '../../src/risk/plain-line.ts';
import { describeAgent } from '../../src/risk/user-agent.ts';

const chromium =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0';
const unknown = { browser: 'An unknown browser', system: 'an unknown system' };

describe('risk/user-agent', () => {
  const known: [agent: string, browser: string, system: string][] = [
    [`${chromium} Safari/537.36`, 'Chrome', 'Windows'],
    [`${chromium} Safari/537.36 Edg/156.0.0.0`, 'Microsoft Edge', 'Windows'],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0', 'Firefox', 'Linux'],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
      'Safari',
      'iOS',
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15',
      'Safari',
      'macOS',
    ],
    [
      'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36',
      'Samsung Internet for Android',
      'Android',
    ],
  ];
  for (const [agent, browser, system] of known) {
    it(`${browser} on ${system}, without versions`, () => {
      expect(describeAgent({ 'user-agent': agent })).to.deep.equal({ browser, system });
    });
  }

  it('client hints tell browsers apart that send the same agent', () => {
    const headers = {
      'user-agent': `${chromium} Safari/537.36`,
      'sec-ch-ua': '"Chromium";v="156", "Brave";v="156", "Not?A_Brand";v="99"',
      'sec-ch-ua-platform': '"Windows"',
      'sec-ch-ua-mobile': '?0',
    };
    expect(describeAgent(headers)).to.deep.equal({ browser: 'Brave', system: 'Windows' });
  });

  it('tools and nothing at all are unknown', () => {
    for (const agent of [undefined, '', 'curl/8.0', '-', '\u202e', '('.repeat(5000)]) {
      expect(describeAgent(agent === undefined ? {} : { 'user-agent': agent }), agent).to.deep.equal(unknown);
    }
  });

  it('broken client hints are no reason to fail', () => {
    for (const field of ['', '"', '"a";v=', '?1', '"\\"";v="1"', 'x'.repeat(5000)]) {
      const headers = { 'sec-ch-ua': field, 'sec-ch-ua-platform': field, 'sec-ch-ua-mobile': field };
      expect(describeAgent(headers).browser).to.be.a('string').and.not.equal('');
    }
  });

  it('R14: a made-up name is one short line without control or direction characters', () => {
    const { browser, system } = describeAgent({
      'user-agent': `\u202eEvil\u0007Browser\r\n${'x'.repeat(300)}/1.0 (y)`,
      'sec-ch-ua-platform': `"\u2066${'z'.repeat(300)}"`,
    });
    for (const text of [browser, system]) {
      expect([...text].length).to.be.at.most(40);
      expect(text).to.not.match(/[\p{Cc}\p{Cf}]/u);
    }
  });

  it('stripToLine cuts between characters and keeps any script', () => {
    expect(stripToLine('Zażółć 日本 😀', 40)).to.equal('Zażółć 日本 😀');
    expect(stripToLine('😀😀😀', 2)).to.equal('😀…');
    expect(stripToLine('a\u2028b\u200bc\ud800', 40)).to.equal('a b c\ufffd');
  });
});
