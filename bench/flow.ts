import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHashPool } from '../src/password/hash-pool.ts';
import { freePort, startTestServer } from '../test/support/start-server.ts';
import { startBareProvider } from './support/bare-provider.ts';
import { type Child, startChild } from './support/child.ts';
import { addPeople, PASSWORD } from './support/people.ts';
import { createInstallation } from './support/real-server.ts';
import { type RecordedCall, type RecordingStore, recordingStore } from './support/recording-store.ts';
import { atMost, type Bench, type BenchResult, short } from './support/result.ts';
import {
  addPerson,
  CLIENT,
  type OnStep,
  PASSWORD_CLIENT,
  signIn,
  signInBare,
  signInByPassword,
} from './support/sign-in.ts';
import { median } from './support/stats.ts';

const WARM_UP = 200;

/** What a whole sign-in costs the server. */
export const flow: Bench = {
  about:
    'CPU of a whole push-approved sign-in beside argon2 alone and oidc-provider alone on the same adapter, and its store calls.',
  async run(options): Promise<BenchResult> {
    const cpu = await measureCpu(options);
    const calls = await countCalls(cpu.steps);
    return {
      columns: ['', 'CPU ms', 'store calls', 'which'],
      rows: [...cpu.rows, ...calls.rows],
      targets: [atMost('CPU against argon2 + oidc-provider alone', cpu.ratio, 1.2, ' times')],
      notes: [
        'CPU is user and system time of all threads of the server process, embedded store, standard argon2 parameters; the least of oidc-provider draws no page. Both have 200 sign-ins behind them when the first counts.',
        'CPU of a step is a mean of runs of its own; that of the password has the argon2 in it.',
        cpu.where,
        'Store calls are of the second sign-in of a person, in a browser not known to the account; calls made in parallel are counted one by one. `now` is free on the embedded store and TIME on Redis.',
        `The push step itself: ${calls.own}.`,
        `The library's models for the extra prompt: ${calls.library}.`,
      ],
    };
  },
};

async function measureCpu({ quick, rounds }: { quick: boolean; rounds: number }) {
  const each = quick ? 2 : 20;
  const folder = await mkdtemp(join(tmpdir(), 'countersign-bench-bare-'));
  const installation = await createInstallation();
  const bare = await startBareProvider(folder, await freePort());
  const hashing = startChild(`${import.meta.dirname}/support/hash-process.ts`);
  try {
    const server = await installation.start();
    await hashing.ask('prepare', installation.services.config.password.argon2);
    const [person] = await addPeople(installation, 1);
    const ours = () => signIn(installation.issuer, person!);
    const alone = () => signInBare(bare.issuer);
    // A server runs for weeks: what its first minutes cost to compile is not what a sign-in costs.
    for (let i = 0; i < (quick ? 1 : WARM_UP); i++) await ours();
    for (let i = 0; i < (quick ? 1 : WARM_UP); i++) await alone();
    const costs = { ours: [] as number[], bare: [] as number[], hash: [] as number[] };
    for (let round = 0; round <= rounds; round++) {
      const oursMs = await cpuOf(server, each, ours);
      const aloneMs = await cpuOf(bare, each, alone);
      const hashMs = await cpuOf(hashing, 1, () => hashing.ask('verify', each));
      if (round === 0) continue;
      costs.ours.push(oursMs);
      costs.bare.push(aloneMs);
      costs.hash.push(hashMs / each);
    }
    const [oursMs, aloneMs, hashMs] = [median(costs.ours), median(costs.bare), median(costs.hash)];
    const steps = await cpuOfSteps(server, quick ? 1 : 3 * each, (onStep) =>
      signIn(installation.issuer, person!, onStep),
    );
    return {
      ratio: oursMs / (aloneMs + hashMs),
      steps,
      where: whereItGoes(steps, oursMs, aloneMs, hashMs),
      rows: [
        ['whole sign-in, Countersign', short(oursMs), '', `${each * rounds} sign-ins`],
        ['argon2 alone', short(hashMs), '', ''],
        ['oidc-provider alone', short(aloneMs), '', `${each * rounds} sign-ins`],
        [
          'Countersign without its argon2',
          short(oursMs - hashMs),
          '',
          `${short((oursMs - hashMs) / aloneMs)} times oidc-provider alone`,
        ],
      ] as (string | number)[][],
    };
  } finally {
    await Promise.all([installation.close(), bare.stop(), hashing.stop()]);
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns CPU ms of the child, each. */
async function cpuOf(child: Child, times: number, work: () => Promise<unknown>): Promise<number> {
  const before = await child.usage();
  for (let i = 0; i < times; i++) await work();
  return ((await child.usage()).cpuMs - before.cpuMs) / times;
}

/** Steps that oidc-provider alone has too, under these names, with its own two of an interaction in them. */
const LIBRARY_STEPS = ['GET /authorize', 'resume, consent page', 'resume, code', 'POST /token'];

/** What remains, for whoever takes the target on next. */
function whereItGoes(
  steps: ReadonlyMap<string, number>,
  oursMs: number,
  aloneMs: number,
  hashMs: number,
): string {
  const inLibrary = LIBRARY_STEPS.reduce((sum, name) => sum + (steps.get(name) ?? 0), 0);
  const apart = [...steps.values()].reduce((sum, ms) => sum + ms, 0) - inLibrary - hashMs;
  return [
    `At 1.2 times, ${short(1.2 * (aloneMs + hashMs) - hashMs)} ms would be left beside argon2; it is ${short(oursMs - hashMs)} ms.`,
    `The four steps that oidc-provider alone has too (${LIBRARY_STEPS.join('; ')}, with their pages) take ${short(inLibrary)} ms of it, oidc-provider alone ${short(aloneMs)} ms;`,
    `what it does not have (the password, waiting page, poll, device, the further resume, consent: 8 of the 14 requests) takes ${short(apart)} ms.`,
  ].join(' ');
}

/** @returns mean CPU ms of the child in each step, less what asking for it costs. */
async function cpuOfSteps(
  child: Child,
  times: number,
  work: (onStep: OnStep) => Promise<unknown>,
): Promise<Map<string, number>> {
  const asks = 100;
  const asking = (await cpuOf(child, asks, () => child.usage())) * (asks / (asks + 1));
  const sums = new Map<string, number>();
  for (let i = 0; i < times; i++) {
    let step: string | undefined;
    let before = 0;
    const onStep = async (next: string | undefined) => {
      const { cpuMs } = await child.usage();
      if (step !== undefined) sums.set(step, (sums.get(step) ?? 0) + (cpuMs - before - asking) / times);
      step = next;
      before = cpuMs;
    };
    await work(onStep);
    await onStep(undefined);
  }
  return sums;
}

async function countCalls(cpu: ReadonlyMap<string, number>) {
  let recording: RecordingStore | undefined;
  const server = await startTestServer({
    config: { clients: [CLIENT, PASSWORD_CLIENT] },
    wrapStore: (store) => {
      recording = recordingStore(store);
      return recording.store;
    },
  });
  try {
    const { store: _, calls, step } = recording!;
    const pool = createHashPool(server.services.config.password.argon2);
    const secret = { password: PASSWORD, hash: await pool.hash(PASSWORD) };
    await pool.close();
    const person = await addPerson(server.services, server.issuer, 'person', secret);
    const record = async (walk: (onStep: OnStep) => Promise<unknown>) => {
      await walk(() => {});
      await server.services.audit.flush();
      calls.length = 0;
      await walk(step);
      await server.services.audit.flush();
      return [...calls];
    };
    const push = await record((onStep) => signIn(server.issuer, person, onStep));
    const password = await record((onStep) => signInByPassword(server.issuer, person, onStep));
    const steps = [...new Set(push.map((call) => call.step))];
    const own = push.filter(ofPushStep);
    const part = (name: string, from: string[], wanted: (call: RecordedCall) => boolean) => {
      const some = push.filter((call) => from.includes(call.step) && wanted(call));
      return `${name} ${some.length} (${summary(some)})`;
    };
    const poll = (call: RecordedCall) =>
      ['challenge', ''].includes(call.type) && ['get', 'now'].includes(call.verb);
    const library = (all: readonly RecordedCall[]) => all.filter(isLibrary);
    return {
      rows: [
        ...steps.map((name) => {
          const of = push.filter((call) => call.step === name && !isLog(call));
          return [name, short(cpu.get(name) ?? Number.NaN), of.length, summary(of)];
        }),
        ['audit log, a moment later', '', push.filter(isLog).length, summary(push.filter(isLog))],
        [
          'all',
          '',
          push.length,
          `${library(push).length} of oidc-provider's models, ${push.filter(isLog).length} of the audit log`,
        ],
        [
          'all, password only',
          '',
          password.length,
          `${library(password).length} of oidc-provider's models, ${password.filter(isLog).length} of the audit log`,
        ],
      ] as (string | number)[][],
      own: [
        part('create', ['POST password'], (call) => ofPushStep(call)),
        part('a poll', ['poll'], poll),
        part('list at the device', ['device: list'], (call) => !isLog(call)),
        part('answer and the poll it wakes', ['device: answer, poll answered'], (call) => !isLog(call)),
        part('consume', ['POST continue'], (call) => ofPushStep(call) && !isLog(call)),
        `in all ${own.length} on the step's own records`,
      ].join('; '),
      library: `${library(push).length - library(password).length} calls (${library(push).length} with it, ${library(password).length} without)`,
    };
  } finally {
    await server.close();
  }
}

const isLog = (call: RecordedCall) => call.verb.startsWith('log.');
const isLibrary = (call: RecordedCall) =>
  /^[A-Z]/.test(call.type) || call.type === 'grant' || call.type === 'sessions';
const ofPushStep = ({ type }: RecordedCall) =>
  ['challenge', 'open', 'devices', 'device-proof', 'device-nonce'].includes(type) ||
  /^limit\/(push|wrong)/.test(type);

function summary(calls: readonly RecordedCall[]): string {
  const counts = new Map<string, number>();
  for (const { verb, type } of calls) {
    const name = type === '' ? verb : `${verb} ${type}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => (count === 1 ? name : `${count} ${name}`)).join(', ');
}
