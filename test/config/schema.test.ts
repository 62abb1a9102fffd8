import { expect } from 'chai';
import { configSchema } from '../../src/config/schema.ts';

const takes = (input: object) =>
  configSchema.safeParse({ issuer: 'http://localhost:3000', ...input }).success;

describe('the ranges of the configuration', () => {
  it('R2: six digits at least, two only for known browsers', () => {
    expect([6, 8].every((digits) => takes({ challenge: { digits } }))).to.equal(true);
    expect([5, 9, 6.5, '6'].some((digits) => takes({ challenge: { digits } }))).to.equal(false);
    expect([2, 8].every((knownBrowserDigits) => takes({ challenge: { knownBrowserDigits } }))).to.equal(true);
    expect([1, 9].some((knownBrowserDigits) => takes({ challenge: { knownBrowserDigits } }))).to.equal(false);
  });

  it('R4: a challenge lives from 30 s to 300 s', () => {
    expect(['30s', '300s', 300, '5min'].every((life) => takes({ challenge: { life } }))).to.equal(true);
    expect(['29s', '301s', '6min', 29, -1, null].some((life) => takes({ challenge: { life } }))).to.equal(
      false,
    );
  });

  it('R7: at most a hundred wrong numbers', () => {
    const max = (n: number) => takes({ limits: { wrongNumbers: { perAccount: { max: n } } } });
    expect([max(1), max(100), max(0), max(101)]).to.deep.equal([true, true, false, false]);
  });

  it('passwords of at least 8 characters, and at least 64 always possible', () => {
    expect(takes({ password: { minLength: 8, maxLength: 64 } })).to.equal(true);
    expect(takes({ password: { minLength: 7 } }) || takes({ password: { maxLength: 63 } })).to.equal(false);
  });

  it('codes of at most 60 s, pushed requests of 5 s to 600 s, sessions of at most a day', () => {
    expect(
      takes({ tokens: { authorizationCodeTtl: '60s', parTtl: '5s' }, session: { life: '24h' } }),
    ).to.equal(true);
    for (const input of [
      { tokens: { authorizationCodeTtl: '61s' } },
      { tokens: { parTtl: '4s' } },
      { tokens: { parTtl: '11min' } },
      { session: { life: '25h' } },
      { session: { passwordProof: '11min' } },
    ]) {
      expect(takes(input), JSON.stringify(input)).to.equal(false);
    }
  });
});
