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
import { offeredTo } from '../../src/approval/take-answer.ts';

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
const report: Verdict = { decision: 'report', numberMatches: false, userVerified: false };
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

  it('R4 R5 R23 F1: in any order of events, devices, revocations and clocks: decided once, never approved late or by a revoked device', () => {
    const devices = ['phone', 'pad', 'stranger'];
    const event = fc.oneof(
      fc.record({
        kind: fc.constant('answer' as const),
        device: fc.constantFrom(...devices),
        verdict: fc.constantFrom(approve, approve, wrong, deny, report),
      }),
      fc.record({ kind: fc.constant('consume' as const), by: fc.constantFrom('step', 'step', 'other') }),
      fc.record({ kind: fc.constant('revoke' as const), device: fc.constantFrom(...devices) }),
      fc.record({ kind: fc.constant('supersede' as const) }),
      fc.record({
        kind: fc.constant('receipt' as const),
        device: fc.constantFrom(...devices),
        step: fc.constantFrom('sent' as const, 'delivered' as const, 'opened' as const),
      }),
    );
    // Another node's clock, or one that was set, may be behind.
    const wait = fc.integer({ min: -30_000, max: 60_000 });
    fc.assert(
      fc.property(fc.array(fc.tuple(event, wait), { maxLength: 14 }), (events) => {
        let challenge = pending;
        let now = START;
        let approvals = 0;
        let over = false;
        const revoked = new Set<string>();
        const consumers = new Set<string>();
        for (const [step, wait] of events) {
          now += wait;
          const before = challenge;
          const state = stateAt(challenge, now);
          if (step.kind === 'answer') {
            // As verifyAnswer and takeAnswer do before: a revoked device or one it was not offered to is not heard.
            if (revoked.has(step.device) || !offeredTo(challenge, step.device)) continue;
            const decision = decide(challenge, step.verdict, by(now, step.device));
            if ('refused' in decision) expect(decision.refused).to.equal(state);
            else {
              expect(over, 'decided after its end').to.equal(false);
              expect(state).to.be.oneOf(
                step.verdict.decision === 'approve' ? ['pending'] : ['pending', 'approved'],
              );
              if (decision.outcome === 'approved') {
                approvals++;
                expect(now).to.be.lessThan(challenge.expiresAt);
                expect(decision.challenge.answer).to.include({ device: step.device, at: now });
              }
              challenge = decision.challenge;
              expect(challenge.wrong).to.be.at.most(3);
            }
          } else if (step.kind === 'consume') {
            // As approvals.ts does before: what a device approved that is revoked since counts for nothing.
            if (challenge.answer && revoked.has(challenge.answer.device)) continue;
            const next = consume(challenge, step.by, now);
            if ('challenge' in next) {
              expect(approvals, 'consumed without an approval').to.equal(1);
              expect(next.again).to.equal(consumers.has(step.by));
              if (!next.again) expect(now).to.be.lessThan(challenge.answer!.at + CONSUME_WITHIN_MS);
              consumers.add(step.by);
              challenge = next.challenge;
            }
          } else if (step.kind === 'revoke') revoked.add(step.device);
          else if (step.kind === 'supersede') challenge = supersede(challenge, now) ?? challenge;
          else challenge = receipt(challenge, step.device, step.step) ?? challenge;

          if (over)
            expect({ ...challenge, devices: [] }, 'changed after its end').to.deep.equal({
              ...before,
              devices: [],
            });
          over ||= ['denied', 'reported', 'failed', 'superseded', 'consumed'].includes(challenge.state);
          for (const field of ['id', 'number', 'nonce', 'expiresAt', 'account', 'browser'] as const)
            expect(challenge[field]).to.equal(pending[field]);
        }
        expect(approvals).to.be.at.most(1);
        expect(consumers.size).to.be.at.most(1);
      }),
      { numRuns: 2000 },
    );
  });
});
