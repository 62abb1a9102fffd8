import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { names } from '../../src/store/keys.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { cli, type RedisServer, startRedis } from '../support/redis-server.ts';
import {
  BEFORE_APPROVAL,
  READING,
  type StagedStep,
  stageSteps,
  type Taken,
} from '../support/staged-steps.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

interface Fault {
  readonly what: string;
  /** `nothing`: no command is answered; `reads`: only reads are; `waits`: all are, late. */
  readonly leaves: 'nothing' | 'reads' | 'waits';
  begin(): Promise<unknown>;
  /** Ends it. */
  end(): Promise<unknown>;
}

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
  const ready = async () => (await fetch(`${world.issuer}/readyz`)).status === 200;
  const until = async (condition: () => Promise<boolean>) => {
    for (const end = performance.now() + 15_000; !(await condition()); await delay(25)) {
      if (performance.now() > end) throw new Error('not within 15 s');
    }
  };
  let reload: Promise<unknown> | undefined;

  const faults: Fault[] = [
    {
      what: 'stopped, and started again with what it had kept',
      leaves: 'nothing',
      begin: () => redis.stop(),
      end: async () => {
        redis = await durable(redis.port);
      },
    },
    {
      what: 'paused for longer than a command may take',
      leaves: 'nothing',
      begin: async () => process.kill(redis.pid, 'SIGSTOP'),
      end: async () => process.kill(redis.pid, 'SIGCONT'),
    },
    {
      what: 'a replica that takes no writes',
      leaves: 'reads',
      begin: () => cli(redis.port, 'replicaof', '127.0.0.1', '1'),
      end: () => cli(redis.port, 'replicaof', 'no', 'one'),
    },
    {
      what: 'out of memory',
      leaves: 'reads',
      begin: () => set('maxmemory', '1'),
      end: () => set('maxmemory', '0'),
    },
    {
      what: 'loading its data',
      leaves: 'nothing',
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
      begin: async () => {
        proxy.cut = true;
      },
      end: async () => {
        proxy.cut = false;
      },
    },
  ];

  function judge({ step, status, got, session, text }: Taken, leaves: Fault['leaves']): void {
    if (leaves === 'waits') {
      expect(status, step).to.be.lessThan(400);
      return;
    }
    if (leaves === 'reads' && READING.includes(step)) expect(status, step).to.be.oneOf([200, 503]);
    else expect(status, `${step}: ${text.slice(0, 300)}`).to.equal(503);
    expect(got, `${step}: a code or token`).to.equal(undefined);
    expect(session, `${step}: a session`).to.equal(false);
  }

  const sessions = async () =>
    (await world.store.index.page(names.sessions(world.person('alice').account.sub), { limit: 1000 })).entries
      .length;

  /** What the fault interrupted is done again, and nobody has to begin anew; what was done is refused in words. */
  async function again(staged: readonly StagedStep[], leaves: Fault['leaves']): Promise<void> {
    for (const step of staged) {
      const { status, text } = await step.run();
      const said = `${step.name} again: ${text.slice(0, 300)}`;
      expect(status, said).to.be.lessThan(leaves === 'waits' ? 500 : 400);
    }
  }

  for (const { what, leaves, begin, end } of faults) {
    it(`R50 F16: ${what}: ${leaves === 'waits' ? 'every step waits' : 'every step is 503 and nobody gets in'}, and afterwards all goes on`, async () => {
      const staged = await stageSteps(world);
      const before = await sessions();
      let taken: Taken[];
      try {
        await begin();
        taken = await Promise.all(staged.map((step) => step.run()));
        expect((await fetch(`${world.issuer}/livez`)).status).to.equal(200);
      } finally {
        await end();
      }
      for (const one of taken) judge(one, leaves);
      await until(ready);
      if (leaves !== 'waits') expect(await sessions(), 'sessions').to.equal(before);
      for (const { name, browser } of staged) {
        if (!browser || !BEFORE_APPROVAL.includes(name)) continue;
        const { prompts } = await world.walk(browser.clone(), world.authorize(), { until: 'login' });
        expect(prompts, `${name}: signed in`).to.equal('login');
      }
      await again(staged, leaves);
      await world.forgetOpen();
      const next = await world.signIn(new TestBrowser(), { prompt: 'consent' });
      expect(next.tokens.status, `the next sign-in: "${next.page.title}"`).to.equal(200);
    }).timeout(60_000);
  }
});
