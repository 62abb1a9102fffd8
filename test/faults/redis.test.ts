import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { cli, type RedisServer, startRedis } from '../support/redis-server.ts';
import { createWorld, type World } from '../support/walk-world.ts';
import { type Fault, meetAtEachStep, titleOf, until } from './at-each-step.ts';

describe('faults: Redis, at each step of a sign-in', () => {
  let folder: string;
  let redis: RedisServer;
  let proxy: FaultProxy;
  let world: World;
  /** Keeps what it acknowledged over a restart, as people run it. */
  const durable = (port?: number) =>
    startRedis({
      ...(port === undefined ? {} : { port }),
      args: [
        ...['--dir', folder, '--appendonly', 'yes', '--appendfsync', 'always'],
        ...['--enable-debug-command', 'local'],
      ],
    });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-faults-'));
    redis = await durable();
    proxy = await startFaultProxy(redis.port);
    world = await createWorld({ redisUrl: `redis://127.0.0.1:${proxy.port}` });
  });
  after(async () => {
    await world?.close();
    await proxy?.close();
    await redis?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const set = (name: string, value: string) => cli(redis.port, 'config', 'set', name, value);
  const info = async (section: string, line: string) =>
    (await cli(redis.port, 'info', section)).includes(line);
  let reload: Promise<unknown> | undefined;

  const faults: Fault[] = [
    {
      what: 'stopped, and started again with what it had kept',
      leaves: 'nothing',
      afterwards: 'kept',
      reasons: ['unreachable'],
      begin: () => redis.stop(),
      end: async () => {
        redis = await durable(redis.port);
      },
    },
    {
      what: 'paused for longer than a command may take',
      leaves: 'nothing',
      afterwards: 'kept',
      reasons: ['timeout', 'unreachable'],
      begin: async () => process.kill(redis.pid, 'SIGSTOP'),
      end: async () => process.kill(redis.pid, 'SIGCONT'),
    },
    {
      what: 'a replica that takes no writes',
      leaves: 'reads',
      afterwards: 'kept',
      reasons: ['read-only'],
      begin: () => cli(redis.port, 'replicaof', '127.0.0.1', '1'),
      end: () => cli(redis.port, 'replicaof', 'no', 'one'),
    },
    {
      what: 'out of memory',
      leaves: 'reads',
      afterwards: 'kept',
      reasons: ['memory'],
      begin: () => set('maxmemory', '1'),
      end: () => set('maxmemory', '0'),
    },
    {
      what: 'loading its data',
      leaves: 'nothing',
      afterwards: 'kept',
      reasons: ['loading'],
      begin: async () => {
        await set('loading-process-events-interval-bytes', '1024');
        await set('key-load-delay', '30000'); // microseconds a key
        reload = cli(redis.port, 'debug', 'reload');
        await until(() => info('persistence', 'loading:1'));
      },
      end: async () => {
        await set('key-load-delay', '0');
        await reload;
      },
    },
    {
      what: '1 s away',
      leaves: 'waits',
      afterwards: 'kept',
      reasons: [],
      begin: async () => {
        proxy.delayMs = 1000;
      },
      end: async () => {
        proxy.delayMs = 0;
      },
    },
    {
      what: '2.5 s away, further than a command may take',
      leaves: 'nothing',
      afterwards: 'kept',
      reasons: ['timeout', 'unreachable'],
      begin: async () => {
        proxy.delayMs = 2500;
      },
      end: async () => {
        proxy.delayMs = 0;
      },
    },
    {
      what: 'behind a network that resets every connection',
      leaves: 'nothing',
      afterwards: 'kept',
      reasons: ['unreachable'],
      begin: async () => {
        proxy.cut = true;
      },
      end: async () => {
        proxy.cut = false;
      },
    },
  ];

  for (const fault of faults)
    it(`R50 F16: ${titleOf(fault)}`, () => meetAtEachStep(world, fault)).timeout(60_000);
});
