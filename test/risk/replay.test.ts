import { expect } from 'chai';
import { configSchema } from '../../src/config/schema.ts';
import { readAssessed } from '../../src/risk/assessed-event.ts';
import { BUILT_IN_RULES } from '../../src/risk/built-in-rules.ts';
import { explain } from '../../src/risk/explain.ts';
import { type Facts, PLAIN_FACTS } from '../../src/risk/facts.ts';
import { decideProof, type RiskPolicy } from '../../src/risk/policy.ts';
import { createReplay } from '../../src/risk/replay.ts';

const policyOf = (rules: object[] = []): RiskPolicy => {
  const { policy } = configSchema.parse({ issuer: 'http://localhost', policy: { rules } });
  return { ...policy, rules: policy.rules.length > 0 ? policy.rules : BUILT_IN_RULES };
};
const OLD = policyOf();
const NEW = policyOf([
  { name: 'stranger', when: { any: ['unknown-browser'], none: ['hosting-network'] }, proof: 'push-verified' },
  { name: 'firm', when: { clients: ['firm'] }, proof: 'push' },
  { name: 'known', when: { known: true }, proof: 'push-short' },
]);

let chains = 0;
/** As the audit log has it. */
function assessed(facts: Partial<Facts>, more: Record<string, unknown> = {}) {
  const all = { ...PLAIN_FACTS, ...facts };
  const { proof, rule, signals } = decideProof(OLD, { facts: all, client: 'app', floor: 'none' });
  return {
    v: 1,
    at: 1_790_000_000_000 + ++chains,
    type: 'risk.assessed',
    account: 'acct',
    chain: `chain-${chains}`,
    client: 'app',
    address: '203.0.113.9',
    facts: all,
    floor: 'none',
    signals: signals.map(({ signal }) => signal),
    rule,
    needs: proof,
    ...more,
  };
}
const ended = (one: { chain: string }, type: string) => ({
  v: 1,
  at: 1,
  type,
  account: 'acct',
  chain: one.chain,
});

describe('risk/replay', () => {
  it('counts the sign-ins that would be asked for another proof, by rule, with what became of them', () => {
    const replay = createReplay(NEW);
    const strangers = Array.from({ length: 5 }, () => assessed({}));
    const friends = Array.from({ length: 3 }, () => assessed({ known: true }));
    const firm = assessed({ known: true }, { client: 'firm' });
    const careful = assessed({ known: true, newCountry: true });
    for (const one of [...strangers, ...friends, firm, careful]) replay.take(one);
    replay.take(ended(strangers[0]!, 'challenge.consumed'));
    replay.take(ended(strangers[1]!, 'challenge.reported'));
    replay.take(ended(strangers[1]!, 'challenge.consumed'));
    replay.take(ended(strangers[2]!, 'challenge.denied'));
    replay.take(ended(strangers[3]!, 'passkey.accepted'));
    replay.take({ v: 1, at: 1, type: 'token.issued', client: 'app' });
    replay.take(ended({ chain: 'nobody' }, 'challenge.denied'));
    const result = replay.result({ examples: 1 });
    expect(result).to.deep.include({
      signIns: 10,
      events: 17,
      changed: 7,
      stricter: 6,
      easier: 1,
      stopped: 2,
      burdened: 2,
      unreadable: 0,
    });
    expect(result.rules).to.deep.equal([
      { rule: 'stranger', before: 0, after: 5 },
      { rule: 'known', before: 4, after: 4 },
      { rule: 'firm', before: 0, after: 1 },
      { rule: 'otherwise', before: 5, after: 0 },
      { rule: 'suspicious', before: 1, after: 0 },
    ]);
    const [most] = result.moves;
    expect(most).to.deep.include({
      before: { proof: 'push', rule: 'otherwise' },
      after: { proof: 'push-verified', rule: 'stranger' },
      signIns: 5,
      endings: { 'let in': 2, denied: 1, reported: 1, 'no answer': 1 },
    });
    expect(most!.examples).to.deep.equal([
      {
        at: strangers[4]!.at,
        account: 'acct',
        client: 'app',
        chain: strangers[4]!.chain,
        signals: ['unknown-browser'],
        ending: 'no answer',
      },
    ]);
    expect(replay.result({ examples: 0 }).moves[0]!.examples).to.deep.equal([]);
  });

  it('whoever got a session was let in, whatever it took: the password alone, an admin’s code, a code without network', () => {
    const replay = createReplay(NEW);
    const tried = [assessed({}), assessed({}), assessed({})];
    for (const one of tried) replay.take(one);
    replay.take(ended(tried[0]!, 'session.started'));
    replay.take(ended(tried[1]!, 'session.stepped_up'));
    expect(replay.result()).to.include({ stricter: 3, burdened: 2 });
  });

  it('the same policy changes nothing', () => {
    const replay = createReplay(OLD);
    for (const facts of [{}, { known: true }, { known: true, newCountry: true }, { hosting: true }])
      replay.take(assessed(facts));
    expect(replay.result()).to.deep.include({ signIns: 4, changed: 0, moves: [] });
  });

  it('a sign-in is its chain: assessed again, as after "send again", the last time counts', () => {
    const replay = createReplay(NEW);
    const first = assessed({});
    replay.take(first);
    replay.take({ ...assessed({ hosting: true }), chain: first.chain });
    expect(replay.result()).to.include({ signIns: 1, changed: 0 });
  });

  it('a client’s floor at the time stands', () => {
    const replay = createReplay(NEW);
    replay.take(assessed({ known: true }, { floor: 'passkey', needs: 'passkey', rule: 'known' }));
    expect(replay.result()).to.include({ changed: 0 });
  });

  it('what cannot be read is counted, with what is wrong with the first', () => {
    const replay = createReplay(NEW);
    replay.broken('file:1: no JSON');
    replay.take(assessed({}, { facts: { ...PLAIN_FACTS, v: 2 } }));
    replay.take(assessed({}, { needs: 'magic' }));
    for (const odd of [null, 5, 'text', [], {}, { type: 5 }, { type: 'constructor', chain: 'x' }])
      replay.take(odd);
    expect(replay.result()).to.deep.include({
      signIns: 0,
      unreadable: 3,
      firstUnreadable: 'file:1: no JSON',
    });
    expect(readAssessed(assessed({}, { facts: { ...PLAIN_FACTS, failures: 'x' } }))).to.have.property(
      'unreadable',
    );
  });
});

describe('risk/explain', () => {
  const explained = (facts: Partial<Facts>, more: Record<string, unknown> = {}, policy = NEW) => {
    const read = readAssessed(assessed(facts, more));
    if (!read || !('assessed' in read)) throw new Error('no assessment');
    return explain(policy, read.assessed);
  };

  it('says of each rule whether it held, and why not', () => {
    expect(explained({ known: true })).to.deep.equal({
      proof: 'push-short',
      rule: 'known',
      signals: [],
      rules: [
        { name: 'stranger', proof: 'push-verified', holds: false, why: 'none of unknown-browser' },
        { name: 'firm', proof: 'push', holds: false, why: 'not one of its clients' },
        { name: 'known', proof: 'push-short', holds: true, why: 'everything it wants is so' },
      ],
    });
    const stranger = explained({});
    expect(stranger.rules.map(({ holds }) => holds)).to.deep.equal([true, null, null]);
    expect(explained({ hosting: true }).rules[0]!.why).to.equal('there is hosting-network');
  });

  it('when none held, it says so; when more is asked than the rule does, why', () => {
    const none = explained({ hosting: true });
    expect(none).to.include({ proof: 'push', rule: 'otherwise' });
    expect(none.rules.at(-1)).to.deep.equal({
      name: 'otherwise',
      proof: 'push',
      holds: true,
      why: 'no rule held',
    });
    expect(explained({ known: true }, { floor: 'push' }).raised).to.equal(
      'the app, or policy.requirePasskey for this person, asks for no less',
    );
  });
});
