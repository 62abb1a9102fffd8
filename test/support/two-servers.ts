import { resetClock } from './clock.ts';
import { createLoadBalancer, type LoadBalancer } from './load-balancer.ts';
import { type RedisServer, startRedis } from './redis-server.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { enrolDevice } from './software-device.ts';
import { TestBrowser } from './test-browser.ts';
import { forgetConsent } from './walk-steps.ts';
import { CLIENTS, createWorld, type World, type WorldOptions } from './walk-world.ts';

export const ENGINES = ['embedded', 'redis'] as const;
export type EngineName = (typeof ENGINES)[number];

/** How many ask at once in a race. */
export const CALLERS = 50;

/**
 * Two servers on one store, each in a process of its own, requests to them in turn, over a store whose answers come in
 * any order while they race. What one process keeps in its memory does not help the other.
 */
export interface TwoServers {
  /** People, devices and records on the same store; requests through it go to the two processes. */
  readonly world: World;
  readonly processes: readonly [ServerProcess, ServerProcess];
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
export async function startTwoServers(
  engine: EngineName,
  options: Pick<WorldOptions, 'config' | 'clients'> = {},
): Promise<TwoServers> {
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
    const shared = { ...options, ...(redis ? { redisUrl: redis.url } : {}) };
    const world = await createWorld(shared);
    closers.push(() => world.close());
    const start = async () => {
      const started = await startServerProcess(world.server, shared);
      closers.push(started.close);
      return started;
    };
    const processes = await Promise.all([start(), start()]);
    const balancer = createLoadBalancer(processes.map(({ port }) => port));
    closers.push(() => balancer.close());
    world.fetch = balancer.inTurn;
    const alice = world.person('alice');
    const { services, issuer } = world.server;
    const phone = { name: 'Phone of both servers', fetch: balancer.inTurn };
    world.people.set('alice', {
      ...alice,
      device: await enrolDevice(services, issuer, alice.account, phone),
    });

    const slow = (ms: number) => Promise.all(processes.map((one) => one.slow(ms)));
    const atOnce = async <T>(...requests: (() => Promise<T>)[]): Promise<T[]> => {
      await slow(8);
      try {
        return await Promise.all(requests.map((request) => request()));
      } finally {
        await slow(0);
      }
    };
    return {
      world,
      processes,
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
