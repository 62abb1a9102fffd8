import { expect } from 'chai';
import fc from 'fast-check';
import { BUILT_IN_RULES } from '../../src/risk/built-in-rules.ts';
import { type Facts, PLAIN_FACTS } from '../../src/risk/facts.ts';
import {
  type Condition,
  decideProof,
  OTHERWISE,
  type PolicyRule,
  type RiskPolicy,
  whyNot,
} from '../../src/risk/policy.ts';
import { PROOFS, type Proof } from '../../src/risk/proof.ts';
import { SIGNALS, signalsIn, type Thresholds } from '../../src/risk/signals.ts';

const LIMITS: Thresholds = {
  travelKmPerHour: 1000,
  nearKm: 300,
  failures: 3,
  recentChange: 3 * 86_400_000,
  dormantAfter: 90 * 86_400_000,
  sprayAccounts: 10,
};
const ALWAYS: Condition = { any: [], all: [], none: [], clients: [], purposes: [] };
const rule = (name: string, proof: Proof, when: Partial<Condition> = {}): PolicyRule => ({
  name,
  proof,
  when: { ...ALWAYS, ...when },
});
const policyOf = (rules: readonly PolicyRule[], profile: RiskPolicy['profile'] = 'default'): RiskPolicy => ({
  profile,
  rules,
  signals: LIMITS,
});
const decide = (policy: RiskPolicy, facts: Partial<Facts> = {}, floor: Proof = 'none', client = 'app') =>
  decideProof(policy, { facts: { ...PLAIN_FACTS, ...facts }, client, floor });

const anyFacts = fc
  .record({
    purpose: fc.constantFrom('sign-in' as const, 'step-up' as const, 'device-code' as const),
    known: fc.boolean(),
    remembered: fc.boolean(),
    anonymising: fc.boolean(),
    hosting: fc.boolean(),
    newCountry: fc.constantFrom(true, false, null),
    newNetwork: fc.constantFrom(true, false, null),
    failures: fc.nat(5),
    spray: fc.nat(20),
  })
  .map((some): Facts => ({ ...PLAIN_FACTS, ...some }));
const anyCondition = fc.record({
  any: fc.subarray([...SIGNALS], { maxLength: 2 }),
  all: fc.subarray([...SIGNALS], { maxLength: 1 }),
  none: fc.subarray([...SIGNALS], { maxLength: 1 }),
  clients: fc.subarray(['app', 'other']),
  purposes: fc.subarray(['sign-in' as const, 'step-up' as const, 'device-code' as const]),
});
const anyRules = fc
  .array(fc.record({ when: anyCondition, proof: fc.constantFrom(...PROOFS) }), { maxLength: 6 })
  .map((rules) => rules.map((one, n): PolicyRule => ({ ...one, name: `rule-${n}` })));

describe('risk/policy', () => {
  it('the first rule that holds decides, and no other is asked (property)', () => {
    fc.assert(
      fc.property(anyRules, anyFacts, (rules, facts) => {
        const present = new Set(signalsIn(facts, LIMITS).map(({ signal }) => signal));
        const first = rules.find(({ when }) => whyNot(when, { facts, client: 'app' }, present) === undefined);
        const decision = decideProof(policyOf(rules), { facts, client: 'app', floor: 'none' });
        expect(decision.rule).to.equal(first?.name ?? OTHERWISE);
        // What stands behind the rule that held changes nothing.
        const upTo = rules.slice(0, first ? rules.indexOf(first) + 1 : rules.length);
        expect(decideProof(policyOf(upTo), { facts, client: 'app', floor: 'none' })).to.deep.equal(decision);
      }),
    );
  });

  it('R2: whatever the rules say, no floor is lowered, nobody unremembered gets in on nothing, no stranger gets a short number (property)', () => {
    const strength = (proof: Proof) => PROOFS.indexOf(proof);
    fc.assert(
      fc.property(
        anyRules,
        anyFacts,
        fc.constantFrom(...PROOFS),
        fc.constantFrom('default' as const, 'nist' as const),
        (rules, facts, floor, profile) => {
          const policy = policyOf(rules, profile);
          const { proof, rule: name } = decideProof(policy, { facts, client: 'app', floor });
          const wanted = rules.find((one) => one.name === name)?.proof ?? 'push';
          expect(strength(proof)).to.be.at.least(strength(floor));
          expect(strength(proof)).to.be.at.least(strength(wanted));
          if (proof === 'none')
            expect(facts.remembered && facts.known && facts.purpose === 'sign-in').to.equal(true);
          if (proof === 'push-short') expect(facts.known && facts.purpose !== 'device-code').to.equal(true);
          if (profile === 'nist' || facts.purpose === 'device-code')
            expect(strength(proof)).to.be.at.least(strength('push'));
        },
      ),
    );
  });

  it('says what raised the proof above what the rule asks', () => {
    const none = policyOf([rule('easy', 'none')]);
    expect(decide(none)).to.include({ proof: 'push', raisedBy: 'browser' });
    expect(decide(none, { known: true })).to.include({ proof: 'push', raisedBy: 'browser' });
    expect(decide(none, { remembered: true })).to.include({ proof: 'push', raisedBy: 'browser' });
    expect(decide(none, { known: true, remembered: true })).to.include({ proof: 'none' });
    const short = policyOf([rule('short', 'push-short')]);
    expect(decide(short)).to.include({ proof: 'push', raisedBy: 'browser' });
    expect(decide(short, { known: true })).to.include({ proof: 'push-short' });
    expect(decide(none, { known: true, remembered: true, purpose: 'step-up' })).to.include({
      proof: 'push-short',
      raisedBy: 'purpose',
    });
    expect(decide(none, { known: true, remembered: true, purpose: 'device-code' })).to.include({
      proof: 'push',
      raisedBy: 'purpose',
    });
    expect(decide(none, { known: true, remembered: true }, 'push')).to.include({
      proof: 'push',
      raisedBy: 'client',
    });
    const nist = policyOf([rule('easy', 'push-short')], 'nist');
    expect(decide(nist, { known: true })).to.include({ proof: 'push', raisedBy: 'profile' });
    expect(decide(policyOf([rule('all', 'passkey')]))).to.not.have.property('raisedBy');
  });

  it('a condition holds when every member of it does', () => {
    const on = (when: Partial<Condition>, facts: Partial<Facts> = {}, client = 'app') =>
      decide(policyOf([rule('this', 'passkey', when)]), facts, 'none', client).rule === 'this';
    const vpn = { known: true, anonymising: true };
    expect(on({})).to.equal(true);
    expect(on({ any: ['spray', 'anonymising-network'] }, vpn)).to.equal(true);
    expect(on({ any: ['spray'] }, vpn)).to.equal(false);
    expect(on({ all: ['spray', 'anonymising-network'] }, vpn)).to.equal(false);
    expect(on({ all: ['spray', 'anonymising-network'] }, { ...vpn, spray: 10 })).to.equal(true);
    expect(on({ none: ['anonymising-network'] }, vpn)).to.equal(false);
    expect(on({ none: ['spray'] }, vpn)).to.equal(true);
    expect(on({ clients: ['other'] })).to.equal(false);
    expect(on({ clients: ['other'] }, {}, 'other')).to.equal(true);
    expect(on({ purposes: ['step-up'] })).to.equal(false);
    expect(on({ known: false })).to.equal(true);
    expect(on({ known: false }, { known: true })).to.equal(false);
    expect(on({ remembered: true })).to.equal(false);
  });

  it('the built-in rules: the phone for strangers, less for friends, and nothing less where somebody else may be at work', () => {
    const builtIn = policyOf(BUILT_IN_RULES);
    expect(decide(builtIn)).to.include({ proof: 'push', rule: OTHERWISE });
    expect(decide(builtIn, { known: true })).to.include({ proof: 'push-short', rule: 'known' });
    expect(decide(builtIn, { known: true, remembered: true })).to.include({
      proof: 'none',
      rule: 'remembered',
    });
    expect(decide(builtIn, { known: true, remembered: true, newCountry: true })).to.include({
      proof: 'push',
      rule: 'suspicious',
    });
    // What alone is common keeps being easy.
    for (const usual of [{ newNetwork: true }, { hosting: true }, { hour: { share: 0, of: 99 } }])
      expect(decide(builtIn, { known: true, ...usual }).proof).to.equal('push-short');
  });

  it('nobody who has their phone is refused, or needs a special one, by the built-in rules (property)', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const { proof } = decideProof(policyOf(BUILT_IN_RULES), { facts, client: 'app', floor: 'none' });
        expect(proof).to.be.oneOf(['none', 'push-short', 'push']);
      }),
    );
  });
});
