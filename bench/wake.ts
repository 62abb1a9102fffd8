import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { startRedis } from '../test/support/redis-server.ts';
import {
  type AnsweringDevice,
  answeringDevices,
  COOKIE,
  openWaits,
  signedAnswer,
} from './support/challenges.ts';
import { type ParkedClients, parkClients } from './support/parked-clients.ts';
import { type Peer, type PeerMode, startPeer } from './support/peer-server.ts';
import { get, post, type RawAnswer, RawConnection } from './support/raw-client.ts';
import { createInstallation, type Installation, type RealServer } from './support/real-server.ts';
import { atLeast, atMost, type Bench, short, type Target } from './support/result.ts';
import { quantile } from './support/stats.ts';

/** Browsers of one batch: parked together, answered one after the other. */
const BATCH = 50;
const SETTLE_MS = 200;

interface Batch {
  /** Each one's poll at A and the device's answer at B, ready to send. */
  readonly probes: readonly { readonly poll: Buffer; readonly answer: Buffer }[];
  readonly portA: number;
  readonly portB: number;
}

/** The device's answer at one process to the parked browser at the other. */
export const wake: Bench = {
  about:
    'From a device sending its signed answer to process B until the browser parked at process A is told, over Redis.',
  async run({ quick, rounds }) {
    const [others, batches, rereads] = quick ? [50, 1, 20] : [10_000, 4, 60];
    const redis = await startRedis();
    const installation = await createInstallation({ redisUrl: redis.url });
    const plain = new Redis(redis.url);
    // The last one made ends first.
    const ends: (() => unknown)[] = [
      () => installation.close(),
      () => plain.disconnect(),
      () => redis.stop(),
    ];
    try {
      const ours = [await installation.start(), await installation.start()] as const;
      const pair = async (mode: PeerMode) => {
        const prefix = `${mode}:`;
        const two = [
          await startPeer(mode, redis.url, prefix),
          await startPeer(mode, redis.url, prefix),
        ] as const;
        ends.unshift(() => Promise.all(two.map((one) => one.stop())));
        return two;
      };
      const peers = { floor: await pair('floor'), work: await pair('work'), reread: await pair('reread') };
      const { store } = installation.services;
      const devices = await answeringDevices(store, BATCH);

      const crowd = await openWaits(store, others, (i) => ({
        account: `crowd-${i}`,
        device: `crowd-${i}.x`,
      }));
      const parked: ParkedClients[] = [
        await parkClients(
          ours[0].port,
          crowd.map(({ pollPath }) => pollPath),
          COOKIE,
        ),
        await parkClients(peers.floor[0].port, strangers(others), COOKIE),
        await parkClients(peers.work[0].port, strangers(others), COOKIE),
      ];
      ends.unshift(...parked.map((one) => () => one.close()));
      await delay(SETTLE_MS * 5);

      const times = {
        ours: [] as number[],
        floor: [] as number[],
        work: [] as number[],
        reread: [] as number[],
      };
      for (let round = 0; round <= rounds; round++) {
        const warming = round === 0;
        for (let batch = 0; batch < batches; batch++) {
          const made = {
            ours: await ourBatch(installation, ours, devices),
            floor: peerBatch(peers.floor),
            work: await workBatch(installation, peers.work, devices, plain),
          };
          for (const variant of ['ours', 'floor', 'work'] as const) {
            const took = await oneByOne(made[variant]);
            if (!warming) times[variant].push(...took);
          }
        }
        const took = await allAtOnce(peerBatch(peers.reread, rereads));
        if (!warming) times.reread.push(...took);
      }
      const lost = (await Promise.all(parked.map((one) => one.counts()))).map((one) => one.lost);

      const p = (variant: keyof typeof times, q: number) => quantile(times[variant], q);
      const ratio = (variant: 'floor' | 'work', q: number) => p('ours', q) / p(variant, q);
      const row = (name: string, variant: keyof typeof times, crowdSize: number) => [
        name,
        crowdSize,
        times[variant].length,
        short(p(variant, 0.5)),
        short(p(variant, 0.95)),
        short(p(variant, 0.99)),
        short(p(variant, 0.5) / p('ours', 0.5)),
      ];
      const asked = rounds * batches * BATCH;
      const nobodyLost: Target = {
        what: 'answers that did not arrive, and connections lost',
        wanted: '0',
        got: `${asked - times.ours.length} of ${asked}; ${lost[0]} of ${others}`,
        met: asked === times.ours.length && lost[0] === 0,
      };
      return {
        columns: ['variant', 'others parked', 'wakes', 'p50 ms', 'p95 ms', 'p99 ms', 'p50 / ours'],
        rows: [
          row('Countersign', 'ours', others),
          row('floor: two http servers, one PUBLISH', 'floor', others),
          row('the same work by hand: read, verify, compare-and-set with PUBLISH, read', 'work', others),
          row('re-reads the store every 500 ms', 'reread', 0),
        ],
        targets: [
          atMost('p50 against the floor', ratio('floor', 0.5), 1.5, ' times'),
          atMost('p99 against the floor', ratio('floor', 0.99), 2, ' times'),
          atLeast(
            'p50 of re-reading every 500 ms against ours',
            p('reread', 0.5) / p('ours', 0.5),
            200,
            ' times',
          ),
          nobodyLost,
        ],
        notes: [
          'The floor verifies nothing and keeps nothing: what it leaves out is in the third line.',
          `Against the third line ours takes ${short(ratio('work', 0.5))} times as long at p50 and ${short(ratio('work', 0.99))} times at p99.`,
          'The variant that re-reads has nobody else parked, which favours it.',
        ],
      };
    } finally {
      for (const end of ends) await Promise.resolve(end()).catch(() => {});
    }
  },
};

const chainName = () => randomBytes(32).toString('base64url');
const strangers = (count: number) =>
  Array.from(
    { length: count },
    () => `/interaction/${randomBytes(16).toString('base64url')}/poll?c=${chainName()}`,
  );

/** Challenges of our own, their answers signed. */
export async function ourBatch(
  { issuer, services }: Installation,
  [a, b]: readonly [RealServer, RealServer],
  devices: readonly AnsweringDevice[],
): Promise<Batch> {
  const waits = await openWaits(services.store, devices.length, (i) => devices[i]!);
  const probes = await Promise.all(
    waits.map(async (wait, i) => {
      const path = `/device/v1/challenges/${wait.challenge.id}/response`;
      const jws = await signedAnswer(issuer, wait, devices[i]!);
      return {
        poll: get(a.port, wait.pollPath, COOKIE),
        answer: post(b.port, path, 'application/jose', jws),
      };
    }),
  );
  return { probes, portA: a.port, portB: b.port };
}

/** The same bytes to verify, for a server that does by hand what must be done. */
async function workBatch(
  { issuer, services }: Installation,
  pair: readonly [Peer, Peer],
  devices: readonly AnsweringDevice[],
  redis: Redis,
): Promise<Batch> {
  const waits = await openWaits(services.store, devices.length, (i) => devices[i]!);
  const answers = new Map<string, string>();
  await Promise.all(
    waits.map(async (wait, i) => {
      const record = JSON.stringify({ ...wait.challenge, jwk: devices[i]!.key.jwk });
      await redis.set(`work:challenge:${wait.challenge.chain}`, record, 'PX', 1_800_000);
      answers.set(wait.challenge.chain, await signedAnswer(issuer, wait, devices[i]!));
    }),
  );
  return probesFor(pair, [...answers.keys()], (chain) => answers.get(chain)!);
}

function peerBatch(pair: readonly [Peer, Peer], size = BATCH): Batch {
  const jws = 'x'.repeat(900);
  return probesFor(pair, Array.from({ length: size }, chainName), () => jws);
}

function probesFor(
  [a, b]: readonly [Peer, Peer],
  chains: readonly string[],
  jws: (chain: string) => string,
): Batch {
  const probes = chains.map((chain) => ({
    poll: get(a.port, `/interaction/x/poll?c=${chain}`, COOKIE),
    answer: post(b.port, `/answer/${chain}`, 'application/jose', jws(chain)),
  }));
  return { probes, portA: a.port, portB: b.port };
}

/** @returns ms from the answer sent to the browser told, of each; throws when one is told something else. */
export async function oneByOne({ probes, portA, portB }: Batch): Promise<number[]> {
  const browsers = await Promise.all(probes.map(() => RawConnection.open(portA)));
  const device = await RawConnection.open(portB);
  try {
    const polls = probes.map(({ poll }, i) => browsers[i]!.send(poll));
    await delay(SETTLE_MS);
    const times: number[] = [];
    for (const [i, { answer }] of probes.entries()) {
      const from = performance.now();
      const answered = device.send(answer);
      const told = await Promise.race([polls[i]!, answered.then(unlessRefused)]);
      times.push(performance.now() - from);
      const { status, body } = await answered;
      if (status !== 200 || !told.body.includes('"approved"')) {
        throw new Error(`answer: ${status} ${body}; browser: ${told.status} ${told.body}`);
      }
    }
    return times;
  } finally {
    for (const connection of [...browsers, device]) connection.close();
  }
}

/** A refused answer wakes nobody: it says so at once. */
function unlessRefused({ status, body }: RawAnswer): Promise<never> {
  if (status !== 200) throw new Error(`the answer was refused: ${status} ${body}`);
  return new Promise(() => {});
}

/** Each answered at a moment of its own within half a second: a re-reading server is as likely to be late as early. */
async function allAtOnce({ probes, portA, portB }: Batch): Promise<number[]> {
  return Promise.all(
    probes.map(async ({ poll, answer }, i) => {
      const [browser, device] = await Promise.all([RawConnection.open(portA), RawConnection.open(portB)]);
      const told = browser.send(poll);
      await delay(SETTLE_MS + (500 * i) / probes.length);
      const from = performance.now();
      await Promise.all([device.send(answer), told]);
      const took = performance.now() - from;
      browser.close();
      device.close();
      return took;
    }),
  );
}
