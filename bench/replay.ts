import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { PLAIN_FACTS } from '../src/risk/facts.ts';
import { atMost, type Bench, type BenchResult, short } from './support/result.ts';
import { median } from './support/stats.ts';

/** Lines a sign-in leaves in the log, the assessment among them. */
const OTHERS = [
  'sign_in.started',
  'password.accepted',
  'challenge.created',
  'challenge.sent',
  'challenge.delivered',
  'challenge.approved',
  'challenge.consumed',
] as const;
const MOST_S = 60;

const POLICY = `policy:
  rules:
    - name: hidden
      when: { any: [anonymising-network, impossible-travel, spray] }
      proof: push-verified
    - name: stranger
      when: { any: [unknown-browser], all: [new-country] }
      proof: passkey
    - name: shop
      when: { clients: [app-3], known: false }
      proof: push-verified
    - name: known
      when: { known: true }
      proof: push-short
`;

/** `countersign risk replay` over a log of a million lines. */
export const replay: Bench = {
  about: 'A million lines of the log run through a new policy by `countersign risk replay`, in one process.',
  async run({ quick, rounds }): Promise<BenchResult> {
    const lines = quick ? 4000 : 1_000_000;
    const folder = await mkdtemp(join(tmpdir(), 'countersign-bench-replay-'));
    try {
      const policy = join(folder, 'new.yaml');
      await writeFile(policy, POLICY);
      const usual = join(folder, 'usual.jsonl');
      const worst = join(folder, 'worst.jsonl');
      await writeLog(usual, lines, OTHERS);
      await writeLog(worst, lines, []);
      const times = { usual: [] as number[], worst: [] as number[] };
      const memory = { usual: 0, worst: 0 };
      for (let round = 0; round < rounds; round++) {
        for (const [name, file] of [
          ['usual', usual],
          ['worst', worst],
        ] as const) {
          const run = await runReplay(policy, file, lines);
          times[name].push(run.seconds);
          memory[name] = Math.max(memory[name], run.megabytes);
        }
      }
      const row = (name: 'usual' | 'worst', what: string, signIns: number) => [
        what,
        lines,
        signIns,
        short(median(times[name])),
        short(memory[name]),
      ];
      return {
        columns: ['', 'lines', 'sign-ins', 's', 'peak MB'],
        rows: [
          row('usual', 'as a log is', lines / (OTHERS.length + 1)),
          row('worst', 'assessments alone', lines),
        ],
        targets: [
          atMost('as a log is', median(times.usual), MOST_S, ' s'),
          atMost('assessments alone', median(times.worst), MOST_S, ' s'),
        ],
        notes: [
          'With the start of the process; user and system time of it together, so that it is that of one core.',
        ],
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function writeLog(file: string, lines: number, others: readonly string[]): Promise<void> {
  const out = createWriteStream(file);
  const now = Date.now();
  for (let n = 0; n * (others.length + 1) < lines; n++) {
    const common = { v: 1, at: now - 1000 - (n % 86_400), account: `acct-${n % 5000}`, chain: `chain-${n}` };
    const known = n % 4 !== 0;
    const facts = {
      ...PLAIN_FACTS,
      known,
      place: 'Bern, Switzerland',
      country: 'CH',
      network: 'Example Telecom',
      newCountry: n % 16 === 0,
      newNetwork: n % 8 === 0,
      anonymising: n % 50 === 0,
      travel: n % 10 === 0 ? { km: 900, hours: 3, from: 'Oslo, Norway' } : null,
      hour: { share: 0.2, of: 120 },
      idleDays: 1.25,
    };
    const assessed = {
      level: 'info',
      time: '2026-11-26T06:00:00.000Z',
      audit: true,
      ...common,
      type: 'risk.assessed',
      requestId: 'f00dfeedf00dfeed',
      client: `app-${n % 6}`,
      address: '198.51.100.7',
      facts,
      floor: 'none',
      signals: known ? [] : ['unknown-browser'],
      rule: known ? 'known' : 'otherwise',
      needs: known ? 'push-short' : 'push',
      msg: 'risk.assessed',
    };
    const all = [
      assessed,
      ...others.map((type) => ({ level: 'info', audit: true, ...common, type, msg: type })),
    ];
    if (!out.write(`${all.map((one) => JSON.stringify(one)).join('\n')}\n`))
      await new Promise<void>((resolve) => out.once('drain', () => resolve()));
  }
  out.end();
  await finished(out);
}

async function runReplay(policy: string, file: string, lines: number) {
  const entry = join(import.meta.dirname, '../bin/countersign.js');
  // It says at its end what it took: the parent cannot ask once it is gone.
  const hook = `data:text/javascript,process.on('exit',()=>{const{user,system}=process.cpuUsage();process.stderr.write(JSON.stringify({us:user+system,kb:process.resourceUsage().maxRSS})+'\\n')})`;
  const child = spawn(process.execPath, [
    '--import',
    hook,
    entry,
    ...['risk', 'replay', '--json', '--policy', policy, '--from', file],
  ]);
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    out += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    err += chunk;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`replay ended with ${code}: ${err}`);
  const { events, unreadable, changed } = JSON.parse(out) as Record<string, number>;
  if (events !== lines || unreadable !== 0 || !changed)
    throw new Error(`replay read ${events} of ${lines} lines`);
  const { us, kb } = JSON.parse(err.trim().split('\n').at(-1) ?? '') as { us: number; kb: number };
  return { seconds: us / 1e6, megabytes: kb / 1024 };
}
