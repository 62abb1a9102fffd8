import { randomInt } from 'node:crypto';
import { startRedis } from '../test/support/redis-server.ts';
import { addPeople } from './support/people.ts';
import { nameOf, populate } from './support/population.ts';
import { createInstallation, type Installation, type RealServer } from './support/real-server.ts';
import { atMost, type Bench, type BenchResult, short, type Target } from './support/result.ts';
import { type Person, signIn } from './support/sign-in.ts';
import { median, quantile } from './support/stats.ts';

/** The cheapest the configuration takes: hashing would hide what grows. */
const CHEAP_ARGON2 = { memoryKiB: 7168, iterations: 5, parallelism: 1, threads: 1 };
const PEOPLE = 10;

interface Place {
  readonly engine: string;
  readonly size: number;
  readonly installation: Installation;
  readonly server: RealServer;
  readonly people: readonly Person[];
  /** CPU ms a sign-in, one figure a round. */
  readonly cpu: number[];
  /** ms of each sign-in as its browser sees it. */
  readonly took: number[];
  /** us of one look-up by name, one figure a round. */
  readonly lookUp: number[];
}

/** Whether a sign-in costs more where more people are. */
export const accounts: Bench = {
  about:
    'A whole sign-in, and a look-up by name, where few and where very many accounts are, on both engines.',
  async run({ quick, rounds }): Promise<BenchResult> {
    const sizes = quick ? [50, 100, 200] : [1_000, 100_000, 1_000_000];
    const [walks, lookUps] = quick ? [2, 20] : [15, 2_000];
    const redis = await startRedis();
    const places: Place[] = [];
    try {
      for (const engine of ['embedded', 'redis']) {
        for (const size of sizes) places.push(await settle(engine, size, redis.url));
      }
      for (let round = 0; round <= rounds; round++) {
        for (const place of places) {
          await measure(place, walks, lookUps);
          if (round > 0) continue;
          for (const list of [place.cpu, place.took, place.lookUp]) list.length = 0;
        }
      }
      const first = (place: Place) => places.find((one) => one.engine === place.engine)!;
      return {
        columns: [
          'engine',
          'accounts',
          'CPU ms a sign-in',
          'sign-in p50 ms',
          'look-up by name us',
          'CPU / first',
          'p50 / first',
        ],
        rows: places.map((place) => [
          place.engine,
          place.size,
          short(median(place.cpu)),
          short(median(place.took)),
          short(median(place.lookUp)),
          short(median(place.cpu) / median(first(place).cpu)),
          short(median(place.took) / median(first(place).took)),
        ]),
        targets: places
          .filter((place) => place !== first(place))
          .flatMap((place): Target[] => {
            const name = `${place.engine}, ${place.size} accounts against ${sizes[0]}`;
            return [
              atMost(
                `CPU of a sign-in, ${name}`,
                median(place.cpu) / median(first(place).cpu),
                1.1,
                ' times',
              ),
              atMost(
                `p50 of a sign-in, ${name}`,
                median(place.took) / median(first(place).took),
                1.1,
                ' times',
              ),
            ];
          }),
        notes: [
          'With the cheapest argon2 parameters the configuration takes. CPU is of the server process alone; on Redis that of Redis is not in it, but in the time.',
          `Spread of the time of one sign-in (p90 / p50): ${places.map((place) => `${place.engine} ${place.size}: ${short(quantile(place.took, 0.9) / median(place.took))}`).join(', ')}.`,
        ],
      };
    } finally {
      for (const { installation } of places) await installation.close();
      await redis.stop();
    }
  },
};

async function settle(engine: string, size: number, redisUrl: string): Promise<Place> {
  const installation = await createInstallation({
    ...(engine === 'redis' ? { redisUrl } : {}),
    config: { password: { argon2: CHEAP_ARGON2 } },
  });
  await populate(
    installation.services.store,
    size - PEOPLE,
    '$argon2id$v=19$m=7168,t=5,p=1$c2FsdHNhbHRzYWx0$aGFzaA',
  );
  const server = await installation.start();
  const people = await addPeople(installation, PEOPLE);
  return { engine, size, installation, server, people, cpu: [], took: [], lookUp: [] };
}

async function measure(place: Place, walks: number, lookUps: number): Promise<void> {
  const { installation, server, people, size } = place;
  const before = await server.usage();
  for (let i = 0; i < walks; i++) {
    const from = performance.now();
    await signIn(installation.issuer, people[i % PEOPLE]!);
    place.took.push(performance.now() - from);
  }
  place.cpu.push(((await server.usage()).cpuMs - before.cpuMs) / walks);
  const from = performance.now();
  for (let i = 0; i < lookUps; i++) {
    const found = await installation.services.accounts.findByName(nameOf(randomInt(size - PEOPLE)));
    if (!found) throw new Error('a member is not found');
  }
  place.lookUp.push(((performance.now() - from) * 1000) / lookUps);
}
