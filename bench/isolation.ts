import { setTimeout as delay } from 'node:timers/promises';
import { startRedis } from '../test/support/redis-server.ts';
import { answeringDevices } from './support/challenges.ts';
import { startChild } from './support/child.ts';
import { addPeople } from './support/people.ts';
import { post, RawConnection } from './support/raw-client.ts';
import { createInstallation } from './support/real-server.ts';
import { atMost, type Bench, type BenchResult, short } from './support/result.ts';
import { basic, signIn, type Tokens } from './support/sign-in.ts';
import { quantile } from './support/stats.ts';
import { oneByOne, ourBatch } from './wake.ts';

const IN_FLIGHT = 16;

/** Whether password hashing stands in the way of tokens and wakes. */
export const isolation: Bench = {
  about: `Tokens and wakes while ${IN_FLIGHT} password checks are in flight on the same process, beside the idle server.`,
  async run({ quick, rounds }): Promise<BenchResult> {
    const [tokens, devices] = quick ? [20, 5] : [100, 50];
    const redis = await startRedis();
    const installation = await createInstallation({ redisUrl: redis.url });
    const load = startChild(`${import.meta.dirname}/support/password-load-process.ts`);
    try {
      const { issuer, services } = installation;
      const servers = [await installation.start(), await installation.start()] as const;
      const people = await addPeople(installation, IN_FLIGHT);
      const phones = await answeringDevices(services.store, devices);
      let { refresh_token } = await signIn(issuer, people[0]!);
      const times = {
        idle: { token: [] as number[], wake: [] as number[] },
        loaded: { token: [] as number[], wake: [] as number[] },
      };
      let checks = 0;
      for (let round = 0; round <= rounds; round++) {
        for (const state of ['idle', 'loaded'] as const) {
          const batch = await ourBatch(installation, servers, phones);
          if (state === 'loaded') {
            await load.ask('start', { issuer, inFlight: IN_FLIGHT });
            await delay(500);
          }
          const refreshed = await refresh(servers[0].port, refresh_token, tokens);
          ({ refresh_token } = refreshed);
          const wakes = await oneByOne(batch);
          const checked = state === 'loaded' ? await load.ask<number>('stop') : 0;
          if (round === 0) continue;
          times[state].token.push(...refreshed.times);
          times[state].wake.push(...wakes);
          checks += checked;
        }
      }
      const p = (state: 'idle' | 'loaded', what: 'token' | 'wake', q: number) =>
        quantile(times[state][what], q);
      const row = (what: 'token' | 'wake', name: string) => [
        name,
        times.idle[what].length,
        short(p('idle', what, 0.5)),
        short(p('loaded', what, 0.5)),
        short(p('idle', what, 0.99)),
        short(p('loaded', what, 0.99)),
        short(p('loaded', what, 0.99) / p('idle', what, 0.99)),
      ];
      return {
        columns: ['', 'each', 'idle p50 ms', 'loaded p50 ms', 'idle p99 ms', 'loaded p99 ms', 'p99 ratio'],
        rows: [row('token', 'token by refresh token'), row('wake', 'wake over Redis')],
        targets: [
          atMost(
            'p99 of token against idle',
            p('loaded', 'token', 0.99) / p('idle', 'token', 0.99),
            5,
            ' times',
          ),
          atMost(
            'p99 of wake against idle',
            p('loaded', 'wake', 0.99) / p('idle', 'wake', 0.99),
            5,
            ' times',
          ),
        ],
        notes: [
          `${checks} passwords were checked meanwhile, with standard argon2 parameters, at the process that issues the tokens and holds the polls.`,
        ],
      };
    } finally {
      await load.stop();
      await installation.close();
      await redis.stop();
    }
  },
};

/** One after the other, each with the refresh token of the one before. */
async function refresh(port: number, first: string, count: number) {
  const connection = await RawConnection.open(port);
  const times: number[] = [];
  let refresh_token = first;
  for (let i = 0; i < count; i++) {
    const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token }).toString();
    const request = post(port, '/token', 'application/x-www-form-urlencoded', body, {
      authorization: basic(),
    });
    const from = performance.now();
    const answer = await connection.send(request);
    times.push(performance.now() - from);
    if (answer.status !== 200) throw new Error(`token: ${answer.status} ${answer.body}`);
    ({ refresh_token } = JSON.parse(answer.body) as Tokens);
  }
  connection.close();
  return { times, refresh_token };
}
