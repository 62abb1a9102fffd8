import { expect } from 'chai';
import fc from 'fast-check';
import { decodeBase64url, encodeBase64url } from '../../src/protocol/base64url.ts';
import { encodeCrockford, normaliseCrockford } from '../../src/protocol/crockford.ts';
import { enrolmentLink, parseEnrolmentLink } from '../../src/protocol/enrolment-link.ts';
import { JsonRefused, parseStrictJson } from '../../src/protocol/strict-json.ts';

describe('protocol/reading', () => {
  it('F8: strict JSON reads what JSON.parse reads, unless a key is doubled, escaped, __proto__ or too deep', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 3 }), (text) => {
        if (text.includes('__proto__') || text.includes('\\')) return;
        expect(parseStrictJson(text)).to.deep.equal(JSON.parse(text));
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const value = { a: text, b: [text], c: { a: text } };
        expect(parseStrictJson(JSON.stringify(value))).to.deep.equal(value);
      }),
    );
    for (const text of [
      '{"a":1,"a":2}',
      '{"a":1,"\\u0061":2}',
      '[{"__proto__":1}]',
      '[[[[[[[[[0]]]]]]]]]',
      '{"a":NaN}',
      '{',
    ]) {
      expect(() => parseStrictJson(text), text).to.throw(JsonRefused);
    }
    expect(parseStrictJson('{"a":"{\\"a\\":1,","b":["a","a"],"c":{"a":1}}')).to.have.property('b');
  });

  it('F8, R16: a key with an escape is refused: once V8 has seen the one, it reads the other as that', () => {
    for (const [first, then] of [
      [String.raw`{"\\\\":1}`, String.raw`{"\\g":1}`],
      [String.raw`{"c":1,"admi\\\\":2}`, String.raw`{"c":1,"admi\u006e":2}`],
      [String.raw`{"h":[],"\\\\":0}`, String.raw`{"h":1,"\"":2}`],
    ] as const) {
      JSON.parse(first);
      for (const text of [first, then])
        expect(() => parseStrictJson(text), text).to.throw(JsonRefused, /written with an escape/);
    }
    expect(parseStrictJson(String.raw`{"a":"\u0061 \\ \""}`)).to.deep.equal({ a: 'a \\ "' });
  });

  it('base64url has one spelling for each value', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(decodeBase64url(encodeBase64url(bytes))).to.deep.equal(bytes);
      }),
    );
    for (const text of ['QQ==', 'QR', 'A', 'Q+==', ' QQ', 'QQ\n'])
      expect(decodeBase64url(text), text).to.equal(undefined);
  });

  it('R26: a typed code is 40 bits and forgives how people type', () => {
    expect(encodeCrockford(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff), 8)).to.equal('ZZZZZZZZ');
    expect(encodeCrockford(Uint8Array.of(0x00, 0x44, 0x32, 0x14, 0xc7), 8)).to.equal('01234567');
    expect(normaliseCrockford(' ol2i-4567 ', 8)).to.equal('01214567');
    for (const bad of ['0123456', '012345678', '0123456U', '0123456é'])
      expect(normaliseCrockford(bad, 8)).to.equal(undefined);
  });

  it('R49: an enrolment link keeps its secret in the fragment', () => {
    const link = { issuer: 'https://id.example.com', secret: 'id.secret' };
    const text = enrolmentLink('https://auth.example.com/enrol', link);
    expect(new URL(text).search + new URL(text).pathname).to.equal('/enrol');
    expect(parseEnrolmentLink(text)).to.deep.equal(link);
    for (const bad of [
      '',
      'x',
      'https://auth.example.com/enrol',
      'https://a/#issuer=javascript:1&secret=x',
    ]) {
      expect(parseEnrolmentLink(bad), bad).to.equal(undefined);
    }
  });
});
