import { expect } from 'chai';
import { describeTarget, parseRedisUrl } from '../../src/store/redis/url.ts';

describe('redis url', () => {
  const here = { host: 'h', port: 6379 };

  it('reads the three forms', () => {
    expect(parseRedisUrl('redis://h')).to.include({
      mode: 'standalone',
      database: 0,
      tls: false,
      username: null,
    });
    expect(parseRedisUrl('redis://h').endpoints).to.deep.equal([here]);
    expect(parseRedisUrl('rediss://h:1/5')).to.deep.include({
      endpoints: [{ host: 'h', port: 1 }],
      database: 5,
      tls: true,
    });
    expect(parseRedisUrl('redis+sentinel://a:1,b/m/3')).to.deep.include({
      mode: 'sentinel',
      endpoints: [
        { host: 'a', port: 1 },
        { host: 'b', port: 26379 },
      ],
      master: 'm',
      database: 3,
    });
    expect(parseRedisUrl('rediss+cluster://a:1,[::1]:2')).to.deep.include({
      mode: 'cluster',
      endpoints: [
        { host: 'a', port: 1 },
        { host: '::1', port: 2 },
      ],
      tls: true,
    });
  });

  it('reads credentials, percent-encoded', () => {
    expect(parseRedisUrl('redis://u:p%40%2F@h')).to.include({ username: 'u', password: 'p@/' });
    expect(parseRedisUrl('redis://:p@h')).to.include({ username: null, password: 'p' });
    expect(parseRedisUrl('redis+sentinel://:p@h/m?sentinelPassword=s%26')).to.include({
      password: 'p',
      sentinelPassword: 's&',
    });
  });

  it('refuses what it does not know, without repeating a password', () => {
    for (const url of [
      '',
      'http://h',
      'redis://',
      'redis://u:secret@a,b',
      'redis+sentinel://u:secret@h',
      'redis://u:secret@h/x',
      'redis+cluster://u:secret@h/1',
      'redis://u:secret@h:0',
      'redis://u:secret@h:99999',
      'redis://u:secret%zz@h',
      'redis://u:secret@::1',
    ]) {
      expect(() => parseRedisUrl(url), url)
        .to.throw(Error)
        .with.property('message')
        .that.does.not.include('secret');
    }
  });

  it('R49: describes a server without user and password', () => {
    const target = parseRedisUrl('rediss+sentinel://user:secret@a:1,[::1]:2/m');
    expect(describeTarget(target)).to.equal('rediss+sentinel://a:1,[::1]:2/m');
  });
});
