import { expect } from 'chai';
import { decidedIn } from '../../src/approval/challenge.ts';
import { sampleChallenge } from '../support/sample-challenge.ts';

describe('approval/challenge: what a wake brings', () => {
  const device = 'acct-ada.AAAAAAAAAAAAAAAAAAAAAA';
  const answer = { device, at: 1_795_000_010_000, userVerified: false };
  const pending = sampleChallenge(device);
  const { chain } = pending;

  it('says what an answer made of the challenge, at the time of the answer', () => {
    for (const state of ['approved', 'denied', 'reported'] as const) {
      const challenge = { ...pending, state, answer };
      expect(decidedIn(challenge, chain)).to.deep.equal({ challenge, state, now: answer.at });
    }
  });

  it('F26: says nothing of what has no answer, is of another chain or release, or is no challenge', () => {
    const approved = { ...pending, state: 'approved', answer };
    for (const written of [
      pending,
      { ...approved, state: 'superseded' },
      { ...approved, state: 'consumed' },
      { ...pending, state: 'approved' },
      { ...approved, chain: 'x'.repeat(43) },
      { ...approved, v: 2 },
      undefined,
      null,
      'approved',
    ])
      expect(decidedIn(written, chain)).to.equal(undefined);
  });
});
