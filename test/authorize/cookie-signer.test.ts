import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import { createCookieSigner } from '../../src/authorize/cookie-signer.ts';

/** The package whose place it takes; it comes with oidc-provider's `cookies`. */
const fromLibrary = createRequire(createRequire(import.meta.url).resolve('cookies'));
const Keygrip = fromLibrary('keygrip') as new (
  keys: readonly string[],
) => { sign(data: string): string; index(data: string, digest: string): number };

const key = () => randomBytes(32).toString('base64url');
const COOKIES = ['session=abc', '_session=', 'interaction=é', `resume=${'x'.repeat(500)}`];

describe('authorize/cookie-signer', () => {
  it('makes the signatures of keygrip and takes those it made', () => {
    const keys = [key(), key(), 'ключ'];
    for (const order of [keys, keys.toReversed()]) {
      const [ours, theirs] = [createCookieSigner(order), new Keygrip(order)];
      for (const cookie of COOKIES) {
        expect(ours.sign(cookie)).to.equal(theirs.sign(cookie));
        expect(ours.index(cookie, theirs.sign(cookie))).to.equal(0);
        expect(theirs.index(cookie, ours.sign(cookie))).to.equal(0);
      }
    }
  });

  it('says which key signed, so that the cookie can be signed anew', () => {
    const [old, present] = [key(), key()];
    const signer = createCookieSigner([present, old]);
    const before = createCookieSigner([old]).sign('session=a');
    expect(signer.index('session=a', before)).to.equal(1);
    expect(signer.verify('session=a', before)).to.equal(true);
  });

  it('refuses a signature of another value, of another key, cut, lengthened, in other letters or empty', () => {
    const signer = createCookieSigner([key(), key()]);
    const good = signer.sign('session=a');
    for (const bad of [
      signer.sign('session=b'),
      createCookieSigner([key()]).sign('session=a'),
      good.slice(0, -1),
      `${good}=`,
      `${good}${good}`,
      good.toUpperCase(),
      '',
      'ÿ'.repeat(27),
    ]) {
      expect(signer.index('session=a', bad), bad).to.equal(-1);
      expect(signer.verify('session=a', bad), bad).to.equal(false);
    }
  });

  it('refuses to go without a key', () => {
    expect(() => createCookieSigner([])).to.throw(RangeError);
  });
});
