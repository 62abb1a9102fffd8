import { randomInt } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PushSubscriptionRecord } from '../src/devices/device.ts';
import { createHashPool } from '../src/password/hash-pool.ts';
import { TestBrowser, type TestPage } from '../test/support/test-browser.ts';
import { startChild } from './support/child.ts';
import { addPeople, PASSWORD } from './support/people.ts';
import { createInstallation, type Installation } from './support/real-server.ts';
import { type Bench, type BenchResult, short, type Target } from './support/result.ts';
import { atApp, authorizeUrl } from './support/sign-in.ts';
import { quantile, rankTest } from './support/stats.ts';

/** What must look alike, by class: within one, time must tell nothing. */
const PAIRS = [
  ['unknown name', 'wrong password'],
  ['unknown name', 'locked, right password'],
  ['wrong password', 'locked, right password'],
  ['right password, no device', 'right password, device'],
] as const;
type Kind = (typeof PAIRS)[number][number];
const KINDS: readonly Kind[] = [...new Set(PAIRS.flat())];
/** Of 500 against 500, chance alone stays within 0.05 of a half in 99 of 100 runs. */
const MOST_OFF = 0.05;

/** Whether the time of the answer to a password tells who exists, is locked or has a device. */
export const oracle: Bench = {
  about:
    'Time of the answer to a password, from a browser nobody knows, in random order; a rank test says whether two kinds can be told apart.',
  async run({ quick, rounds }): Promise<BenchResult> {
    const [each, accounts] = quick ? [20, 2] : [100 * rounds, 25];
    const folder = await mkdtemp(join(tmpdir(), 'countersign-bench-oracle-'));
    const service = startChild(`${import.meta.dirname}/support/push-service-process.ts`);
    const { ca, records } = await service.ask<{ ca: string; records: PushSubscriptionRecord[] }>('start', 1);
    const caFile = join(folder, 'ca.pem');
    await writeFile(caFile, ca);
    const installation = await createInstallation({
      config: { push: { allowedHosts: ['localhost'], allowPrivate: true, caFile } },
    });
    try {
      await installation.start();
      await addPeople(installation, accounts, { name: 'device', subscription: records[0] });
      await addAccounts(installation, accounts);
      const times = Object.fromEntries(KINDS.map((kind) => [kind, [] as number[]])) as Record<Kind, number[]>;
      const warming = Math.ceil(each / 10);
      for (let i = -warming; i < each; i++) {
        for (const kind of shuffled(KINDS)) {
          const took = await attempt(installation.issuer, kind, (i + warming) % accounts);
          if (i >= 0) times[kind].push(took);
        }
      }
      const tests = PAIRS.map(([first, second]) => ({
        first,
        second,
        ...rankTest(times[first], times[second]),
      }));
      return {
        columns: ['', 'tries', 'p50 ms', 'p90 ms', 'p99 ms'],
        rows: KINDS.map((kind) => [
          kind,
          times[kind].length,
          ...[0.5, 0.9, 0.99].map((q) => short(quantile(times[kind], q))),
        ]),
        targets: tests.map(
          ({ first, second, auc, p }): Target => ({
            what: `${first} / ${second}`,
            wanted: `chance to tell apart within ${MOST_OFF} of 0.5`,
            got: `${auc.toFixed(3)} (p = ${p.toFixed(3)})`,
            met: Math.abs(auc - 0.5) <= MOST_OFF,
          }),
        ),
        notes: [
          'Mann-Whitney U: the chance that one answer of the second kind takes longer than one of the first.',
          'A right password of a person who may sign in is a class of its own: it leads to the waiting page. Its device has a push subscription at a push service on this machine.',
        ],
      };
    } finally {
      await installation.close();
      await service.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** Without a device; and locked ones. */
async function addAccounts({ services }: Installation, count: number): Promise<void> {
  const pool = createHashPool(services.config.password.argon2);
  const hash = await pool.hash(PASSWORD);
  await pool.close();
  for (let i = 0; i < count; i++) {
    await services.accounts.create({ userName: `nobody-${i}` }, hash);
    const locked = await services.accounts.create({ userName: `locked-${i}` }, hash);
    await services.accounts.setDisabled(locked.sub, true);
  }
}

const NAMES: Record<Kind, readonly [prefix: string, password: string]> = {
  'unknown name': ['absent', PASSWORD],
  'wrong password': ['device', PASSWORD.replace('long', 'lang')],
  'locked, right password': ['locked', PASSWORD],
  'right password, no device': ['nobody', PASSWORD],
  'right password, device': ['device', PASSWORD],
};

/** @returns ms from the password sent until the whole answer is there. */
async function attempt(issuer: string, kind: Kind, i: number): Promise<number> {
  const browser = new TestBrowser();
  const login = await browser.open(authorizeUrl(issuer).url, atApp);
  const [prefix, password] = NAMES[kind];
  const from = performance.now();
  const answer = await browser.submit(login, 'login-form', { username: `${prefix}-${i}`, password });
  const took = performance.now() - from;
  expectStatus(answer, kind.startsWith('right') ? 200 : 401);
  return took;
}

function expectStatus({ status, title }: TestPage, wanted: number): void {
  if (status !== wanted) throw new Error(`${status} "${title}", wanted ${wanted}`);
}

function shuffled<T>(all: readonly T[]): T[] {
  const left = [...all];
  const out: T[] = [];
  while (left.length > 0) out.push(...left.splice(randomInt(left.length), 1));
  return out;
}
