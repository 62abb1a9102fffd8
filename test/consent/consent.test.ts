import { expect } from 'chai';
import { covers, union } from '../../src/consent/consent.ts';

describe('consent', () => {
  const want = (scopes: string[], resources: Record<string, string[]> = {}, claims: string[] = []) => ({
    scopes,
    resources,
    claims,
  });

  it('covers what was agreed to, and nothing more', () => {
    const agreed = union(undefined, want(['openid'], { 'https://api': ['read'] }, ['name']), 1);
    expect(covers(agreed, want(['openid'], { 'https://api': ['read'] }, ['name']))).to.equal(true);
    expect(covers(agreed, want([]))).to.equal(true);
    expect(covers(agreed, want(['openid', 'email']))).to.equal(false);
    expect(covers(agreed, want([], { 'https://api': ['write'] }))).to.equal(false);
    expect(covers(agreed, want([], { 'https://other': ['read'] }))).to.equal(false);
    expect(covers(agreed, want([], {}, ['address']))).to.equal(false);
    expect(covers(undefined, want([]))).to.equal(false);
  });

  it('grows by union', () => {
    const both = union(union(undefined, want(['a'], { r: ['x'] }), 1), want(['b'], { r: ['y'] }), 2);
    expect(covers(both, want(['a', 'b'], { r: ['x', 'y'] }))).to.equal(true);
    expect(both.at).to.equal(2);
  });
});
