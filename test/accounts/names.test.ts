import { expect } from 'chai';
import { NameProblem, normaliseEmail, normaliseName, tryNormaliseName } from '../../src/accounts/names.ts';

describe('accounts/names', () => {
  it('gives one form to spellings of one name (R9)', () => {
    for (const spelling of ['Anna', ' anna ', 'ANNA', 'ＡＮＮＡ', 'anna\u00a0']) {
      expect(normaliseName(spelling)).to.equal('anna');
    }
    expect(normaliseName('Ko\u0301s')).to.equal(normaliseName('k\u00f3s'));
    expect(normaliseName('\u212aim')).to.equal('kim');
  });

  it('writes the domain of an address in ASCII', () => {
    expect(normaliseName('Eva@Bücher.Example')).to.equal('eva@xn--bcher-kva.example');
    expect(normaliseName('eva@xn--bcher-kva.example')).to.equal('eva@xn--bcher-kva.example');
  });

  it('is stable: a normalised name stays as it is', () => {
    for (const name of ['İstanbul', 'ẞ', 'ﬀ', 'Å', 'Ω', 'eva@Bücher.example']) {
      expect(normaliseName(normaliseName(name))).to.equal(normaliseName(name));
    }
  });

  it('refuses what cannot be seen, is empty, too long or no domain, and says which field', () => {
    const bad = [
      '',
      '   ',
      'a\u0000b',
      'a\u202eb',
      'a\u200bb',
      'a\u2028b',
      'a\ud800',
      'x'.repeat(129),
      '@b.example',
    ];
    for (const name of [...bad, 'a@', 'a@b c.example', 'x'.repeat(100_000), 'a@127.0.0.1']) {
      expect(() => normaliseName(name, 'user name'), JSON.stringify(name.slice(0, 20)))
        .to.throw(NameProblem)
        .that.includes({ field: 'user name' });
      expect(tryNormaliseName(name)).to.equal(undefined);
    }
  });

  it('wants an address where an address is wanted', () => {
    expect(normaliseEmail('Anna@Example.org')).to.equal('anna@example.org');
    for (const bad of ['anna', 'an na@example.org', 'a@b@example.org']) {
      expect(() => normaliseEmail(bad)).to.throw(NameProblem, 'e-mail');
    }
  });
});
