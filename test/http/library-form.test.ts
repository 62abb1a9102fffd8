import { expect } from 'chai';
import { readLibraryForm } from '../../src/http/library-form.ts';

describe('http/library-form', () => {
  it('reads the logout form', () => {
    const html =
      '<form id="op.logoutForm" method="post" action="https://id.example.org/logout/confirm"><input type="hidden" name="xsrf" value="abc"/></form>';
    expect(readLibraryForm(html)).to.deep.equal({
      action: 'https://id.example.org/logout/confirm',
      fields: { xsrf: 'abc' },
    });
  });

  it('reads the device forms, leaves out what people type, and unescapes', () => {
    const html = `<form id="op.deviceInputForm" novalidate method="post" action="https://id.example.org/device?a=1&amp;b=2">
  <input type="hidden" name="xsrf" value="a&quot;b&#39;"/>
  <input
    value="ABCD" type="text" name="user_code" placeholder="Enter code" onfocus="this.select(); this.onfocus = undefined;" autofocus autocomplete="off"></input>
  </form>`;
    expect(readLibraryForm(html)).to.deep.equal({
      action: 'https://id.example.org/device?a=1&b=2',
      fields: { xsrf: `a"b'` },
    });
  });

  it('says so when there is no form', () => {
    expect(() => readLibraryForm('<p>nothing</p>')).to.throw(TypeError);
  });
});
