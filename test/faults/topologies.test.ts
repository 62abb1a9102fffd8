import {
  cli,
  type RedisGroup,
  type RedisServer,
  startCluster,
  startRedis,
  startReplica,
  startSentinel,
} from '../support/redis-server.ts';
import { createWorld, type World } from '../support/walk-world.ts';
import { type Fault, meetAtEachStep, titleOf, until } from './at-each-step.ts';

/** A fault of Redis as people run it with several servers; each begins with servers of its own. */
interface TopologyFault extends Omit<Fault, 'begin' | 'noticed' | 'end'> {
  start(): Promise<RedisGroup>;
  /** How many replicas must have a write before it counts. */
  readonly wait: 0 | 1;
  begin(servers: readonly RedisServer[]): unknown;
  readonly noticed?: (servers: readonly RedisServer[]) => Promise<unknown>;
  end(servers: readonly RedisServer[]): Promise<unknown>;
}

const signal = (server: RedisServer | undefined, name: NodeJS.Signals) => process.kill(server!.pid, name);
const promoted = (server: RedisServer | undefined) =>
  until(async () => (await cli(server!.port, 'role')).startsWith('master'), 30);
const durable = ['--appendonly', 'yes', '--appendfsync', 'always'];

/** The Cluster has taken notice: those that live serve nothing, not even keys of their own (full coverage, the default). */
const clusterDown = async ([first, second]: readonly RedisServer[]) => {
  for (const { port } of [first!, second!])
    await until(async () => (await cli(port, 'cluster', 'info')).includes('cluster_state:fail'), 30);
};

/** A master and a replica that no Sentinel watches. */
async function startPair(): Promise<RedisGroup> {
  const primary = await startRedis();
  const replica = await startReplica(primary.port).catch(async (error) => {
    await primary.stop();
    throw error;
  });
  const stop = async () => {
    await replica.stop();
    await primary.stop();
  };
  return { url: primary.url, ports: [primary.port, replica.port], servers: [primary, replica], stop };
}

const faults: readonly TopologyFault[] = [
  {
    what: 'Sentinel, the master killed, back empty and calling itself master',
    start: startSentinel,
    wait: 0,
    leaves: 'nothing',
    // Nothing was promised to be on two servers; here the replica has heard it all.
    afterwards: 'in words',
    reasons: ['unreachable', 'failover'],
    begin: ([master]) => signal(master, 'SIGKILL'),
    end: async ([master, replica]) => {
      await promoted(replica);
      await master!.restart();
    },
  },
  {
    what: 'Sentinel and WAIT, the master killed, back as a replica',
    start: startSentinel,
    wait: 1,
    leaves: 'nothing',
    afterwards: 'kept',
    reasons: ['unreachable', 'failover'],
    begin: ([master]) => signal(master, 'SIGKILL'),
    end: async ([master, replica]) => {
      await promoted(replica);
      await master!.restart(['--replicaof', '127.0.0.1', `${replica!.port}`]);
    },
  },
  {
    what: 'Sentinel, the master paused until another is one, then both call themselves master',
    start: startSentinel,
    wait: 0,
    // Commands sent late find the new one.
    leaves: 'some',
    afterwards: 'in words',
    reasons: [],
    begin: ([master]) => signal(master, 'SIGSTOP'),
    end: async ([master, replica]) => {
      await promoted(replica);
      signal(master, 'SIGCONT');
    },
  },
  {
    what: 'WAIT, the replica paused',
    start: startPair,
    wait: 1,
    leaves: 'reads',
    // What was written stands, though nobody could promise it.
    afterwards: 'in words',
    // Writes queue on the one connection that waits: who is far behind hears of the time before the replicas.
    reasons: ['replicas', 'timeout'],
    begin: ([, replica]) => signal(replica, 'SIGSTOP'),
    end: async ([primary, replica]) => {
      signal(replica, 'SIGCONT');
      await until(async () => (await cli(primary!.port, 'wait', '1', '100')) === '1');
    },
  },
  {
    what: 'Cluster, one of three masters killed, back with what it had kept',
    start: () => startCluster({ args: durable }),
    wait: 0,
    leaves: 'some',
    afterwards: 'in words',
    reasons: ['cluster', 'unreachable'],
    begin: ([, , last]) => signal(last, 'SIGKILL'),
    noticed: clusterDown,
    end: async ([, , last]) => last!.restart(),
  },
  {
    what: 'Cluster, one of three masters paused',
    start: startCluster,
    wait: 0,
    leaves: 'some',
    afterwards: 'in words',
    reasons: ['cluster', 'timeout'],
    begin: ([, , last]) => signal(last, 'SIGSTOP'),
    noticed: clusterDown,
    end: async ([, , last]) => signal(last, 'SIGCONT'),
  },
];

describe('faults: several Redis servers, at each step of a sign-in', () => {
  for (const { start, wait, begin, noticed, end, ...fault } of faults) {
    it(`R50 F16 F17: ${titleOf(fault)}`, async () => {
      const group = await start();
      let world: World | undefined;
      try {
        const store = wait > 0 ? { wait: { replicas: wait, timeout: '300ms' } } : {};
        world = await createWorld({ redisUrl: group.url, config: { store } });
        await meetAtEachStep(world, {
          ...fault,
          begin: async () => begin(group.servers),
          ...(noticed ? { noticed: () => noticed(group.servers) } : {}),
          end: () => end(group.servers),
        });
      } finally {
        await world?.close();
        await group.stop();
      }
    }).timeout(90_000);
  }
});
