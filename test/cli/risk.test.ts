import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { createAudit } from '../../src/audit/audit.ts';
import { createLogger } from '../../src/audit/logger.ts';
import { PLAIN_FACTS } from '../../src/risk/facts.ts';
import { openStore } from '../../src/store/open.ts';
import { type CliWorld, createCliWorld } from '../support/run-cli.ts';

const POLICY = `policy:
  rules:
    - name: stranger
      when: { any: [unknown-browser] }
      proof: push-verified
`;

const assessed = (n: number, known: boolean) => ({
  type: 'risk.assessed' as const,
  account: `acct-${n}`,
  chain: `chain-of-sign-in-${n}`,
  client: 'shop',
  address: '203.0.113.9',
  facts: { ...PLAIN_FACTS, known, place: 'Oslo, Norway', newCountry: !known },
  floor: 'none' as const,
  signals: [],
  rule: known ? 'known' : 'suspicious',
  needs: known ? ('push-short' as const) : ('push' as const),
});

describe('countersign risk', function () {
  this.timeout(60_000); // each command is a process of its own
  let cli: CliWorld;
  before(async () => {
    cli = await createCliWorld();
    await writeFile(join(cli.dir, 'NEW.yaml'), POLICY);
    const store = await openStore({ dataDir: join(cli.dir, 'data') });
    const lines: string[] = [];
    const logger = createLogger({ level: 'info', stream: { write: (line) => void lines.push(line) } });
    const audit = createAudit({ store, logger });
    for (let n = 0; n < 4; n++) {
      audit.record(assessed(n, n > 0), { requestId: `request-${n}` });
      audit.record({ type: 'challenge.consumed', account: `acct-${n}`, chain: `chain-of-sign-in-${n}` });
    }
    logger.info({ port: 1 }, 'listening');
    await audit.close();
    await store.close();
    await writeFile(join(cli.dir, 'log.jsonl'), `${lines.join('')}{"broken\n`);
  });
  after(() => cli.close());

  it('explain: signals, rules and proof of a sign-in in the store, by its chain or its request', async () => {
    const { code, stdout } = await cli.run(['risk', 'explain', '--event', 'chain-of-sign-in-0']);
    expect(code).to.equal(0);
    for (const part of [
      'sign-in to shop by acct-0',
      'From 203.0.113.9, Oslo, Norway',
      'new-country      You have not signed in from Oslo, Norway before.',
      /suspicious\s+holds → push/,
      'Proof  push, by the rule suspicious',
    ])
      expect(stdout).to.match(part instanceof RegExp ? part : new RegExp(part.replaceAll('.', '\\.')));
    const json = await cli.json<{ proof: string; before: object; signals: { signal: string }[] }>([
      'risk',
      'explain',
      '--event',
      'request-0',
      '--policy',
      'NEW.yaml',
    ]);
    expect(json).to.deep.include({ proof: 'push-verified', before: { proof: 'push', rule: 'suspicious' } });
    expect(json.signals.map(({ signal }) => signal)).to.deep.equal(['new-country', 'unknown-browser']);
  });

  it('replay: the same from the store and from the log’s lines, in words and as JSON', async () => {
    const words = await cli.run(['risk', 'replay', '--policy', 'NEW.yaml', '--from', 'log.jsonl']);
    expect(words.stderr).to.equal('');
    expect(words.stdout).to.contain('4 sign-ins in 8 events');
    expect(words.stdout).to.contain('1 line passed over; the first: log.jsonl:');
    expect(words.stdout).to.contain('4 (100.0 %) would be asked for another proof: 4 for more, 0 for less.');
    expect(words.stdout).to.contain('push-short (known) → push (otherwise): 3; 3 let in');
    const stored = await cli.json<Record<string, unknown>>([
      'risk',
      'replay',
      '--policy',
      'NEW.yaml',
      '--since',
      '1h',
    ]);
    const lines = await cli.json<Record<string, unknown>>([
      'risk',
      'replay',
      '--policy',
      'NEW.yaml',
      '--from',
      'log.jsonl',
    ]);
    const { unreadable: _u, firstUnreadable: _f, ...same } = lines;
    expect(stored).to.deep.equal({ ...same, unreadable: 0 });
    expect(stored).to.deep.include({ signIns: 4, changed: 4, stricter: 4, burdened: 4, stopped: 0 });
  });

  it('replay: says what of the new policy it cannot try', async () => {
    const since = '    - from: 2027-03-01\n      groups: [admins]\n';
    await writeFile(join(cli.dir, 'more.yaml'), `${POLICY}  deviceFar: verify\n  requirePasskey:\n${since}`);
    const args = ['risk', 'replay', '--policy', 'more.yaml', '--from', 'log.jsonl'];
    const { stdout } = await cli.run(args);
    expect(stdout).to.contain('Not replayed: policy.requirePasskey ("countersign report factors"');
    expect(stdout).to.contain('Not replayed: policy.deviceFar');
    expect((await cli.json<{ notReplayed: string[] }>(args)).notReplayed).to.have.length(2);
    expect(
      (await cli.run(['risk', 'replay', '--policy', 'NEW.yaml', '--from', 'log.jsonl'])).stdout,
    ).not.to.contain('Not replayed');
  });

  it('names what is wrong: the file, the policy, the event, the time', async () => {
    const cases: [args: string[], code: number, says: string][] = [
      [['replay', '--policy', 'none.yaml'], 1, '--policy none.yaml: there is no such file'],
      [['replay', '--policy', '.'], 1, '--policy .: is a folder'],
      [['replay'], 2, '--policy'],
      [
        ['replay', '--policy', 'NEW.yaml', '--since', 'tomorrow'],
        2,
        'A duration such as 24h or 30d is wanted.',
      ],
      [['replay', '--policy', 'NEW.yaml', '--from', 'none.jsonl'], 1, 'none.jsonl: cannot be read (ENOENT)'],
      [['replay', '--policy', 'NEW.yaml', '--from', 'NEW.yaml'], 1, 'NEW.yaml:1: no JSON'],
      [['replay', '--policy', 'log.jsonl'], 1, 'log.jsonl'],
      [
        ['explain', '--event', 'nothing-like-it'],
        1,
        'no sign-in with the chain or request id "nothing-like-it"',
      ],
      [['explain', '--event', 'NEW.yaml', '--policy', 'NEW.yaml'], 1, 'NEW.yaml:1: no JSON'],
    ];
    await writeFile(
      join(cli.dir, 'wrong.yaml'),
      'policy:\n  rules:\n    - name: A b\n      proof: push-it\n',
    );
    cases.push([['replay', '--policy', 'wrong.yaml'], 1, 'wrong.yaml:4:14  policy.rules[0].proof: was']);
    for (const [args, code, says] of cases) {
      const result = await cli.run(['risk', ...args]);
      expect(result.stderr, args.join(' ')).to.contain(says);
      expect(result.code, args.join(' ')).to.equal(code);
      expect(result.stderr).not.to.contain('    at ');
    }
  });
});
