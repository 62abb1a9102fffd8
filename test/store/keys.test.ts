import { expect } from 'chai';
import { keys, names } from '../../src/store/keys.ts';

describe('keys', () => {
  it('R52: types every key, so that an id of one kind never reads as another', () => {
    const made = [...Object.values(keys), ...Object.values(names)].map((make) =>
      (make as (...ids: string[]) => string)(...Array.from({ length: make.length }, () => 'abc')),
    );
    const models = ['Session', 'AccessToken', 'RefreshToken'].map((model) => keys.model(model, 'abc'));
    made.push(...models);
    expect(new Set(made).size).to.equal(made.length);
  });

  it('R52: hashes an id with a separator, so that it cannot reach into another type or another id', () => {
    expect(keys.account('a/b')).to.match(/^account\/#[\w-]{43}$/);
    expect(keys.known('a/b', 'c')).not.to.equal(keys.known('a', 'b/c'));
    expect(keys.known('a', 'b')).to.equal('known/a/b');
    expect(keys.model('Session', '../account/x')).to.match(/^Session\/#/);
    expect(keys.account('')).to.match(/^account\/#/);
  });

  it('R52: a hashed id cannot be asked for by its hash', () => {
    const hashed = keys.account('a/b').slice('account/'.length);
    expect(keys.account(hashed)).not.to.equal(keys.account('a/b'));
  });

  it('R52: keeps ids of any length short and tells them apart', () => {
    const long = 'x'.repeat(5000);
    expect(keys.account(long).length).to.be.below(64);
    expect(keys.account(long)).not.to.equal(keys.account(`${long}x`));
    expect(keys.account('x'.repeat(128))).to.equal(`account/${'x'.repeat(128)}`);
    for (const odd of ['{tag}', 'a b', 'é', '*', '\u0000', '#x'])
      expect(keys.account(odd)).to.match(/^account\/#/);
  });
});
