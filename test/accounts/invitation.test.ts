import { expect } from 'chai';
import { bind, cancel, giveBack, type Invitation, renew, spend } from '../../src/accounts/invitation.ts';

const open: Invitation = { v: 1, account: 'sub', replaces: false, expiresAt: 0, state: 'open' };
const mine = { browser: 'mine', enrolment: 'e1' };
const theirs = { browser: 'theirs', enrolment: 'e2' };

describe('invitation, as a state machine', () => {
  it('goes open, password-done, spent', () => {
    const bound = bind(open, mine);
    expect(bound).to.include({ state: 'password-done', ...mine });
    expect(spend(bound!, mine)).to.include({ state: 'spent' });
  });

  it('is never spent without the password step', () => {
    expect(spend(open, mine)).to.equal(undefined);
    expect(renew(open, mine)).to.equal(undefined);
  });

  it('R30: is spent only by the browser and the enrolment it is bound to', () => {
    const bound = bind(open, mine)!;
    expect(spend(bound, theirs)).to.equal(undefined);
    expect(spend(bound, { ...mine, enrolment: 'e2' })).to.equal(undefined);
    expect(spend(bound, { ...mine, browser: 'theirs' })).to.equal(undefined);
    expect(renew(bound, theirs)).to.equal(undefined);
  });

  it('follows the browser that gave the password last', () => {
    const bound = bind(bind(open, mine)!, theirs)!;
    expect(spend(bound, mine)).to.equal(undefined);
    expect(spend(bound, theirs)).to.include({ state: 'spent' });
  });

  it('is spent twice by the same one, and opens again only when its device could not be bound', () => {
    const spent = spend(bind(open, mine)!, mine)!;
    expect(spend(spent, mine)).to.equal(spent);
    expect(giveBack(spent, theirs)).to.equal(undefined);
    expect(giveBack(spent, mine)).to.include({ state: 'password-done' });
  });

  it('ends when spent or cancelled', () => {
    const spent = spend(bind(open, mine)!, mine)!;
    const cancelled = cancel(open)!;
    for (const over of [spent, cancelled]) {
      expect(bind(over, theirs)).to.equal(undefined);
      expect(renew(over, mine)).to.equal(undefined);
      expect(cancel(over)).to.equal(undefined);
    }
    expect(spend(cancelled, mine)).to.equal(undefined);
  });
});
