import { expect } from 'chai';
import fc from 'fast-check';
import { groupCode } from '../../src/protocol/crockford.ts';
import { hashOfCode, makeCodes, newCode, unusedCodes, useCode } from '../../src/recovery/recovery-codes.ts';

describe('recovery codes', () => {
  it('are ten of 80 bits, all different, and stored as hashes of their account only', () => {
    const { codes, record } = makeCodes('alice', 'change', 5);
    expect(new Set(codes).size).to.equal(10);
    for (const code of codes) expect(code).to.match(/^[0-9A-HJKMNP-TV-Z]{16}$/);
    const stored = JSON.stringify(record);
    for (const code of codes) expect(stored).not.to.include(code);
    expect(record.codes.map(({ hash }) => hash)).to.deep.equal(codes.map((c) => hashOfCode('alice', c)));
    expect(hashOfCode('bob', codes[0]!)).not.to.equal(hashOfCode('alice', codes[0]!));
  });

  it('every character has all its 32 values', () => {
    const seen = Array.from({ length: 16 }, () => new Set<string>());
    for (let i = 0; i < 1000; i++)
      for (const [at, character] of [...newCode()].entries()) seen[at]!.add(character);
    expect(seen.map(({ size }) => size)).to.deep.equal(Array(16).fill(32));
  });

  it('are each good once, in any spelling a person may give them, and only as a whole', () => {
    const { codes, record } = makeCodes('alice', 'change', 5);
    const code = codes[3]!;
    const spelt = groupCode(code)
      .toLowerCase()
      .replaceAll('-', ' ')
      .replaceAll('0', 'o')
      .replaceAll('1', 'l');
    const used = useCode(record, hashOfCode('alice', spelt), 7)!;
    expect(unusedCodes(used)).to.equal(9);
    expect(used.codes[3]).to.deep.include({ usedAt: 7 });
    expect(useCode(used, hashOfCode('alice', code), 8)).to.equal(undefined);
    expect(useCode(used, hashOfCode('bob', codes[4]!), 8)).to.equal(undefined);
    expect(useCode(used, hashOfCode('alice', codes[4]!.slice(1)), 8)).to.equal(undefined);
    expect(unusedCodes(undefined)).to.equal(0);
    expect(useCode({ ...record, v: 2 as never }, hashOfCode('alice', code), 8)).to.equal(undefined);
  });

  it('whatever else is typed fits none', () => {
    const { codes, record } = makeCodes('alice', 'change', 5);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (typed) => {
        if (codes.includes(typed)) return;
        expect(useCode(record, hashOfCode('alice', typed), 8)).to.equal(undefined);
      }),
    );
  });
});
