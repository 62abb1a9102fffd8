import { expect } from 'chai';
import { cookieValue } from '../../src/session/browser-cookie.ts';

describe('session/browser-cookie', () => {
  it('R41: a name with blanks only RFC 6265 does not know is another name, so that no subdomain can set ours', () => {
    for (const blank of ['\u00a0', '\u0085', '\v', '\f', '\ufeff', '\u2000']) {
      const planted = `${blank}__Host-browser=planted; __Host-browser=own`;
      expect(cookieValue(planted, '__Host-browser')).to.equal('own');
      expect(cookieValue(`__Host-browser${blank}=planted`, '__Host-browser')).to.equal(undefined);
    }
    expect(cookieValue('a=b;\t__Host-browser = own ', '__Host-browser')).to.equal('own');
  });
});
