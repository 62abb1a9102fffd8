import { expect } from 'chai';
import fc from 'fast-check';
import type { Challenge } from '../../src/approval/challenge.ts';
import {
  CONSUME_WITHIN_MS,
  chainOf,
  challengeId,
  consume,
  decide,
  receipt,
  stateAt,
  supersede,
  type Verdict,
} from '../../src/approval/decide.ts';

const START = 1_000_000;
const LIFE = 120_000;

const pending: Challenge = {
  v: 1,
  id: challengeId('c'.repeat(24)),
  chain: 'c'.repeat(24),
  account: 'sub',
  browser: 'browser',
  known: false,
  client: { id: 'app', name: 'App' },
  purpose: 'sign-in',
  number: '482913',
  qr: 'qr',
  context: {
    ver: 1,
    purpose: 'sign-in',
    app: { name: 'App', host: 'app.example' },
    account: 'ada',
    address: '192.0.2.1',
    place: null,
    browser: 'Firefox',
    system: 'Linux',
    at: START / 1000,
  },
  nonce: 'nonce',
  devices: [
    { id: 'phone', name: 'Phone', step: null },
    { id: 'pad', name: 'Pad', step: null },
  ],
  listed: true,
  createdAt: START,
  expiresAt: START + LIFE,
  state: 'pending',
  wrong: 0,
};

const approve: Verdict = { decision: 'approve', numberMatches: true, userVerified: false };
const wrong: Verdict = { decision: 'approve', numberMatches: false, userVerified: false };
const deny: Verdict = { decision: 'deny', numberMatches: false, userVerified: false };
const by = (at = START + 1, device = 'phone') => ({ device, at, maxWrong: 3 });
const then = (challenge: Challenge, verdict: Verdict, at?: number): Challenge => {
  const decision = decide(challenge, verdict, by(at));
  if ('refused' in decision) throw new Error(decision.refused);
  return decision.challenge;
};

describe('approval/decide', () => {
  it('approves once: a second approval is refused (R5)', () => {
    const approved = then(pending, approve);
    expect(approved.state).to.equal('approved');
    expect(decide(approved, approve, by())).to.deep.equal({ refused: 'approved' });
  });

  it('R4: the last millisecond counts, the next does not', () => {
    expect(stateAt(pending, START + LIFE - 1)).to.equal('pending');
    expect(stateAt(pending, START + LIFE)).to.equal('expired');
    expect(decide(pending, approve, by(START + LIFE))).to.deep.equal({ refused: 'expired' });
  });

  it('F1: a deny undoes an approval until it is consumed, and not after', () => {
    const approved = then(pending, approve);
    expect(then(approved, deny).state).to.equal('denied');
    const taken = consume(approved, 'step', START + 2);
    if ('refused' in taken) throw new Error(taken.refused);
    expect(decide(taken.challenge, deny, by())).to.deep.equal({ refused: 'consumed' });
  });

  it('F6: fails at the last try and not before', () => {
    const twice = then(then(pending, wrong), wrong);
    expect([twice.state, twice.wrong]).to.deep.equal(['pending', 2]);
    expect(then(twice, wrong).state).to.equal('failed');
    expect(then(twice, approve).state).to.equal('approved');
  });

  it('is consumed by one step, which may ask again', () => {
    const approved = then(pending, approve);
    const first = consume(approved, 'step', START + 2);
    if ('refused' in first) throw new Error(first.refused);
    expect(first.again).to.equal(false);
    expect(consume(first.challenge, 'step', START + 3)).to.include({ again: true });
    expect(consume(first.challenge, 'other', START + 3)).to.deep.equal({ refused: 'consumed' });
    expect(consume(approved, 'step', START + 1 + CONSUME_WITHIN_MS)).to.deep.equal({ refused: 'expired' });
    expect(consume(pending, 'step', START)).to.deep.equal({ refused: 'pending' });
  });

  it('takes receipts forward only', () => {
    const opened = receipt(pending, 'phone', 'opened')!;
    expect(opened.devices.map(({ step }) => step)).to.deep.equal(['opened', null]);
    expect(receipt(opened, 'phone', 'delivered')).to.equal(undefined);
    expect(receipt(opened, 'stranger', 'delivered')).to.equal(undefined);
  });

  it('R52: an id leads to its chain and to nothing else', () => {
    expect(chainOf(pending.id)).to.equal(pending.chain);
    for (const id of [
      '',
      'x',
      `${pending.id}x/y`,
      `${pending.id.slice(1)}`,
      `a/${pending.id}`,
      'x'.repeat(5000),
    ]) {
      expect(chainOf(id), id.slice(0, 80)).to.equal(undefined);
    }
  });

  it('in any order of events: decided once, never approved after expiry, never consumed without an approval', () => {
    const event = fc.oneof(
      fc.record({ kind: fc.constant('answer' as const), verdict: fc.constantFrom(approve, wrong, deny) }),
      fc.record({ kind: fc.constantFrom('consume' as const, 'supersede' as const, 'receipt' as const) }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(event, fc.nat({ max: 60_000 })), { maxLength: 12 }), (events) => {
        let challenge = pending;
        let now = START;
        let approvals = 0;
        let ended = false;
        for (const [step, wait] of events) {
          now += wait;
          const before = stateAt(challenge, now);
          if (step.kind === 'answer') {
            const decision = decide(challenge, step.verdict, by(now));
            if ('challenge' in decision) {
              expect(ended).to.equal(false);
              if (decision.outcome === 'approved') {
                approvals++;
                expect(now).to.be.lessThan(challenge.expiresAt);
                expect(before).to.equal('pending');
              }
              challenge = decision.challenge;
            }
          } else if (step.kind === 'consume') {
            const next = consume(challenge, 'step', now);
            if ('challenge' in next) {
              expect(approvals).to.equal(1);
              challenge = next.challenge;
            }
          } else if (step.kind === 'supersede') challenge = supersede(challenge, now) ?? challenge;
          else challenge = receipt(challenge, 'pad', 'opened') ?? challenge;
          ended ||= ['denied', 'reported', 'failed', 'superseded', 'consumed'].includes(challenge.state);
        }
        expect(approvals).to.be.at.most(1);
      }),
    );
  });
});
