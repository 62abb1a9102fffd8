import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect } from 'chai';
import { type ClientAddressOptions, createClientAddress, networkOf } from '../../src/risk/client-address.ts';

function requestFrom(
  peer: string | undefined,
  headers: Record<string, string>,
  encrypted = false,
): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: peer });
  if (encrypted) Object.defineProperty(socket, 'encrypted', { value: true });
  const req = new IncomingMessage(socket);
  Object.assign(req.headers, headers);
  return req;
}

const read = (
  trusted: string[],
  peer: string,
  headers: Record<string, string>,
  options?: ClientAddressOptions,
) => createClientAddress(trusted, options)(requestFrom(peer, headers));

describe('risk/client-address', () => {
  it('R43: without trusted proxies no header counts', () => {
    const headers = {
      host: 'id.example',
      'x-forwarded-for': '6.6.6.6',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'evil.example',
      forwarded: 'for=6.6.6.6;proto=https;host=evil.example',
    };
    const plain = { address: '203.0.113.9', protocol: 'http', host: 'id.example' };
    for (const header of ['x-forwarded-for', 'forwarded'] as const) {
      expect(read([], '203.0.113.9', headers, { header })).to.deep.equal(plain);
      expect(read(['10.0.0.0/8'], '203.0.113.9', headers, { header })).to.deep.equal(plain);
    }
  });

  it('R43: X-Forwarded-For is walked from the right and ends at the first hop that is not trusted', () => {
    const trusted = ['10.0.0.0/8', '2001:db8:1::/48'];
    const at = (field: string) => read(trusted, '10.0.0.1', { 'x-forwarded-for': field }).address;
    expect(at('203.0.113.9')).to.equal('203.0.113.9');
    expect(at('6.6.6.6, 203.0.113.9')).to.equal('203.0.113.9');
    expect(at('6.6.6.6, 10.9.9.9, 203.0.113.9, 10.0.0.2')).to.equal('203.0.113.9');
    expect(at('203.0.113.9, 2001:db8:1::5, 10.0.0.2')).to.equal('203.0.113.9');
    expect(at('10.0.0.3, 10.0.0.2')).to.equal('10.0.0.3');
  });

  it('R43: what is no address ends the walk at the last one that is', () => {
    const at = (field: string) => read(['10.0.0.0/8'], '10.0.0.1', { 'x-forwarded-for': field }).address;
    for (const field of [
      'unknown',
      '',
      '1',
      '010.1.1.1',
      '0x7f.1',
      '999.1.1.1',
      'a.example',
      '1.2.3.4 5.6.7.8',
    ]) {
      expect(at(field), field).to.equal('10.0.0.1');
      expect(at(`6.6.6.6, ${field}`), field).to.equal('10.0.0.1');
      expect(at(`6.6.6.6, ${field}, 10.0.0.2`), field).to.equal('10.0.0.2');
    }
  });

  it('R43: protocol and host come from a trusted proxy only, from its own entry', () => {
    const headers = {
      host: 'inner:3000',
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-proto': 'http, HTTPS',
      'x-forwarded-host': 'evil.example, id.example',
    };
    const whole = { address: '203.0.113.9', protocol: 'https', host: 'id.example' };
    expect(read(['loopback'], '127.0.0.1', headers)).to.deep.equal(whole);
    expect(read(['loopback'], '203.0.113.1', headers)).to.include({ protocol: 'http', host: 'inner:3000' });
    expect(read(['loopback'], '::1', { 'x-forwarded-proto': 'https' }).protocol).to.equal('https');
    expect(read(['loopback'], '::1', { 'x-forwarded-proto': 'javascript' }).protocol).to.equal('http');
  });

  it('R43: RFC 7239 Forwarded, with quotes, ports, brackets and obfuscated hops', () => {
    const at = (field: string) =>
      read(['10.0.0.0/8'], '10.0.0.1', { forwarded: field }, { header: 'forwarded' });
    expect(at('for=203.0.113.9;proto=https;host=id.example')).to.deep.equal({
      address: '203.0.113.9',
      protocol: 'https',
      host: 'id.example',
    });
    expect(at('For="[2001:DB8::17]:4711"').address).to.equal('2001:db8::17');
    expect(at('for="203.0.113.9:443"').address).to.equal('203.0.113.9');
    expect(at('for=6.6.6.6;proto=https, for=203.0.113.9;proto=http, for=10.0.0.2').address).to.equal(
      '203.0.113.9',
    );
    expect(at('for=6.6.6.6, for=_hidden, for=10.0.0.2').address).to.equal('10.0.0.2');
    expect(at('for="6.6.6.6, for=7.7.7.7"').address).to.equal('10.0.0.1');
    expect(at('proto=https').protocol).to.equal('https');
    expect(at('nonsense').address).to.equal('10.0.0.1');
    // An entry a client wrote in front of an untrusted hop never says the protocol.
    expect(at('for=6.6.6.6;proto=https;host=evil.example, for=203.0.113.9;proto=http').protocol).to.equal(
      'http',
    );
  });

  it('R43: the header the proxies do not write is the client speaking: it is not read', () => {
    const headers = { 'x-forwarded-for': '203.0.113.9', forwarded: 'for=6.6.6.6' };
    expect(read(['10.0.0.1'], '10.0.0.1', headers).address).to.equal('203.0.113.9');
    expect(read(['10.0.0.1'], '10.0.0.1', headers, { header: 'forwarded' }).address).to.equal('6.6.6.6');
  });

  it('R43: a mapped IPv6 peer is its IPv4 address, for trust and for limits', () => {
    const mapped = '::ffff:10.0.0.1';
    expect(read(['10.0.0.0/8'], mapped, { 'x-forwarded-for': '::ffff:203.0.113.9' }).address).to.equal(
      '203.0.113.9',
    );
    expect(read([], mapped, {}).address).to.equal('10.0.0.1');
  });

  it('gives IPv6 in its shortest spelling, without a zone', () => {
    expect(read([], '2001:0DB8:0:0:0:0:0:1', {}).address).to.equal('2001:db8::1');
    expect(read([], 'fe80::1%eth0', {}).address).to.equal('fe80::1');
  });

  it('a TLS socket is https; a socket that is gone has no address', () => {
    const clientOf = createClientAddress(['loopback']);
    expect(clientOf(requestFrom('203.0.113.9', {}, true)).protocol).to.equal('https');
    expect(clientOf(requestFrom(undefined, { 'x-forwarded-for': '6.6.6.6' })).address).to.equal('0.0.0.0');
  });

  it('refuses a list of proxies that is none', () => {
    for (const entry of ['proxy.example', '10.0.0.0/33', '0.0.0.0/0', '']) {
      expect(() => createClientAddress([entry]), entry).to.throw(TypeError);
    }
  });

  it('networkOf: /24 and /64, the same for all spellings of one address', () => {
    expect(networkOf('203.0.113.9')).to.equal('203.0.113.0/24');
    expect(networkOf('::ffff:203.0.113.200')).to.equal('203.0.113.0/24');
    expect(networkOf('2001:db8:1:2:3:4:5:6')).to.equal('2001:db8:1:2::/64');
    expect(networkOf('2001:0db8:0001:0002::')).to.equal('2001:db8:1:2::/64');
    expect(networkOf('nonsense')).to.equal('unknown');
  });
});
