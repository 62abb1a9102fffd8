import { resetClock } from './clock.ts';
import { createLoadBalancer, type LoadBalancer } from './load-balancer.ts';
import { type RedisServer, startRedis } from './redis-server.ts';
import { createSlowStore } from './slow-store.ts';
import { enrolDevice } from './software-device.ts';
import { TestBrowser } from './test-browser.ts';
import { forgetConsent } from './walk-steps.ts';
import { CLIENTS, createWorld, type World, type WorldOptions } from './walk-world.ts';

export const ENGINES = ['embedded', 'redis'] as const;
export type EngineName = (typeof ENGINES)[number];

/** How many ask at once in a race. */
export const CALLERS = 50;

/** Two servers on one store, requests to them in turn, over a store whose answers come in any order while they race. */
export interface TwoServers {
  readonly world: World;
  readonly other: World;
  readonly balancer: LoadBalancer;
  /** A browser whose requests go to the servers in turn. */
  newBrowser(): TestBrowser;
  /** The same request fifty times at once; `n` counts from 0. */
  fifty<T>(request: (n: number) => Promise<T>): Promise<T[]>;
  atOnce<T>(...requests: (() => Promise<T>)[]): Promise<T[]>;
  /** Between two scenarios: no open challenges, no consents, the clock where it belongs. */
  forget(): Promise<void>;
  close(): Promise<void>;
}

/** @param options as of `createWorld`, the same for both servers. */
export async function startTwoServers(engine: EngineName, options: WorldOptions = {}): Promise<TwoServers> {
  const slowStore = createSlowStore();
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const one of closers.reverse()) await one();
  };
  try {
    let redis: RedisServer | undefined;
    if (engine === 'redis') {
      redis = await startRedis();
      closers.push(redis.stop);
    }
    const shared = { ...options, wrapStore: slowStore.wrap, ...(redis ? { redisUrl: redis.url } : {}) };
    const world = await createWorld(shared);
    closers.push(() => world.close());
    const other = await createWorld({ ...shared, beside: world.server });
    closers.push(() => other.close());
    const balancer = createLoadBalancer([world.server.server.port, other.server.server.port]);
    closers.push(() => balancer.close());
    world.fetch = balancer.inTurn;
    const alice = world.person('alice');
    const { services, issuer } = world.server;
    const phone = { name: 'Phone of both servers', fetch: balancer.inTurn };
    world.people.set('alice', {
      ...alice,
      device: await enrolDevice(services, issuer, alice.account, phone),
    });

    const atOnce = async <T>(...requests: (() => Promise<T>)[]): Promise<T[]> => {
      slowStore.slow = 8;
      try {
        return await Promise.all(requests.map((request) => request()));
      } finally {
        slowStore.slow = 0;
      }
    };
    return {
      world,
      other,
      balancer,
      newBrowser: () => new TestBrowser({}, balancer.inTurn),
      fifty: (request) => atOnce(...Array.from({ length: CALLERS }, (_, n) => () => request(n))),
      atOnce,
      async forget() {
        resetClock();
        await world.forgetOpen();
        await forgetConsent(world, ...CLIENTS.map(({ clientId }) => clientId));
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** How often each value comes, e.g. `{ 200: 1, 409: 49 }`. */
export function tally(values: readonly (string | number | undefined)[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[String(value)] = (counts[String(value)] ?? 0) + 1;
  return counts;
}
