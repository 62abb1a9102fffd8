import { expect } from 'chai';
import { withheldWords } from '../../src/http/withheld-words.ts';

describe('http/withheld-words', () => {
  it('says what to do of whatever a known browser can meet, and nothing where a phone shows the request', () => {
    expect(withheldWords('secured')).to.include('Let them ask again');
    expect(withheldWords('blocked')).to.include('passkey');
    for (const why of ['open', 'limit', 'no-device'] as const)
      expect(withheldWords(why), why).to.be.a('string');
    expect(withheldWords(undefined)).to.equal(undefined);
  });
});
