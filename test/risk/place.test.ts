import { expect } from 'chai';
import { createPlaces } from '../../src/risk/place.ts';

describe('risk/place', () => {
  const placeOf = createPlaces();

  it('names the country of IPv4 and IPv6 addresses from one file', () => {
    const netherlands = { label: 'Netherlands', country: 'NL', kind: 'public' };
    expect(placeOf('193.0.6.139')).to.deep.equal(netherlands);
    expect(placeOf('::ffff:193.0.6.139')).to.deep.equal(netherlands);
    expect(placeOf('2001:67c:2e8:22::c100:68b')).to.deep.equal(netherlands);
    expect(placeOf('2001:4860:4860::8888').country).to.equal('US');
  });

  it('says so for this computer and for private networks', () => {
    for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1']) {
      expect(placeOf(address)).to.deep.equal({ label: 'This computer', country: null, kind: 'loopback' });
    }
    for (const address of ['10.1.2.3', '172.20.0.1', '192.168.1.1', 'fd00::1', '169.254.1.1', 'fe80::1']) {
      expect(placeOf(address)).to.deep.equal({ label: 'Your own network', country: null, kind: 'private' });
    }
  });

  it('a network shared with strangers is not "your own"', () => {
    expect(placeOf('100.64.0.1')).to.deep.equal({ label: null, country: null, kind: 'private' });
  });

  it('says nothing rather than something wrong', () => {
    for (const address of ['', 'nonsense', '1', '010.0.0.1', '0.0.0.0', '240.0.0.1']) {
      expect(placeOf(address).label, address).to.equal(null);
    }
  });

  it('names a missing file at once', () => {
    expect(() => createPlaces({ countryFile: '/no/such/file.mmdb' })).to.throw('/no/such/file.mmdb');
  });
});
