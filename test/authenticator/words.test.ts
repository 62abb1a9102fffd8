import { expect } from 'chai';
import { initial, plainText } from '../../src/authenticator/screens/plain-text.ts';
import { ago, clock, leftInWords } from '../../src/authenticator/screens/time-words.ts';
import { outcomeWords, requestWords } from '../../src/authenticator/screens/words.ts';
import { PURPOSES } from '../../src/protocol/context.ts';
import { CONTEXT } from './sample.ts';

describe('what the phone says', () => {
  const words = (more: object) => requestWords({ ...CONTEXT, ...more });

  it('asks another question for every purpose, and warns of all but plain signing in', () => {
    const all = PURPOSES.map((purpose) =>
      words({ purpose, ...(purpose === 'factor-change' ? { change: { act: 'add-device' } } : {}) }),
    );
    expect(new Set(all.map(({ heading }) => heading)).size).to.equal(PURPOSES.length);
    expect(all.map(({ warning }) => warning !== undefined)).to.deep.equal([false, true, true, true, true]);
    expect(new Set(all.map(({ warning }) => warning)).size).to.equal(PURPOSES.length);
  });

  it('says of each change what it will do', () => {
    const acts = [
      'add-device',
      'remove-device',
      'add-passkey',
      'remove-passkey',
      'recovery-codes',
      'password',
    ];
    const all = acts.map((act) => words({ purpose: 'factor-change', change: { act } }));
    expect(new Set(all.map(({ heading }) => heading)).size).to.equal(acts.length);
    for (const { unknown, approve } of all) {
      expect(unknown).to.equal(undefined);
      expect(approve).not.to.equal('Approve');
    }
  });

  it('offers no approval of a change it cannot put into words', () => {
    for (const change of [undefined, { act: 'grow-wings' }, { act: 'constructor' }, { act: '__proto__' }])
      expect(words({ purpose: 'factor-change', ...(change ? { change } : {}) }).unknown).to.equal(true);
  });

  it('has a heading and a sentence for every ending, and blames nobody', () => {
    const kinds = [
      'approved',
      'denied',
      'reported',
      'expired',
      'superseded',
      'failed',
      'approved-elsewhere',
      'denied-elsewhere',
      'refused',
      'gone',
    ] as const;
    const headings = kinds.map((kind) => outcomeWords(kind, 'sign-in').heading);
    expect(new Set(headings).size).to.equal(kinds.length);
    for (const kind of kinds) {
      const { sentence, advice = '' } = outcomeWords(kind, 'factor-change');
      expect(sentence + advice).not.to.match(/!|challenge|token|factor|MFA/i);
      expect(sentence).not.to.include('signed in');
    }
  });

  it('shows names without tricks of direction, cut in the middle', () => {
    expect(plainText('safe\u202egro.live')).to.equal('safe\ufffdgro.live');
    expect(plainText('a\nb\u0000c')).to.equal('a\ufffdb\ufffdc');
    expect([...plainText('x'.repeat(100), 11)]).to.have.length(11);
    expect(plainText('👩‍🚀'.repeat(40), 10)).to.match(/…/);
    expect(initial('\u202e grafana')).to.equal('G');
    expect(initial('---')).to.equal('•');
  });

  it('says times as people do', () => {
    expect([0, 34_000, 61_000, 3_600_000, 90_000_000].map(ago)).to.deep.equal([
      'just now',
      '34 seconds ago',
      '1 minute ago',
      '1 hour ago',
      '1 day ago',
    ]);
    expect([86_000, 5000, -3].map(clock)).to.deep.equal(['1:26', '0:05', '0:00']);
    expect(leftInWords(86_000)).to.equal('1 minute 26 seconds left');
    expect(leftInWords(1000)).to.equal('1 second left');
  });
});
