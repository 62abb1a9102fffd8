import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { createCookieSignatures } from '../../src/authorize/cookie-signatures.ts';

describe('authorize/cookie-signatures', () => {
  const data = '_session=abc';
  const [first, second, gone] = ['first key', 'second key', 'a key of long ago'];
  const signatures = createCookieSignatures([first, second]);
  const by = (key: string) => createHmac('sha1', key).update(data).digest('base64url');

  it('signs as Keygrip does, with the first key, and takes all of its keys', () => {
    expect(signatures.sign(data)).to.equal(by(first));
    expect([by(first), by(second), by(gone)].map((one) => signatures.index(data, one))).to.deep.equal([
      0, 1, -1,
    ]);
    expect(signatures.verify(data, by(second))).to.equal(true);
  });

  it('takes no signature of other data, none cut short or longer, and no other spelling of it', () => {
    const right = by(first);
    for (const wrong of [
      '',
      right.slice(0, -1),
      `${right}A`,
      `${right}=`,
      ` ${right}`,
      right.replaceAll('-', '+').replaceAll('_', '/').concat('='),
      `${right.slice(0, -1)}${right.endsWith('B') ? 'A' : 'B'}`,
    ])
      expect(signatures.verify(data, wrong), JSON.stringify(wrong)).to.equal(false);
    expect(signatures.verify('_session=abd', right)).to.equal(false);
  });
});
