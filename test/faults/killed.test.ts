import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { createLoadBalancer, type LoadBalancer } from '../support/load-balancer.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { enrolDevice } from '../support/software-device.ts';
import { freePort } from '../support/start-server.ts';
import { TestBrowser, type TestPage } from '../support/test-browser.ts';
import { createWorld, type PersonName, type World } from '../support/walk-world.ts';

const NAMES = ['alice', 'bob'] as const;
const ENTRY = resolve(import.meta.dirname, '../../bin/countersign.js');

const ROOMY = { max: 1000, window: '10min' };
const ROOMY_LIMITS = { push: { perAccount: [ROOMY], knownBrowser: ROOMY } };

interface ServerProcess {
  readonly child: ChildProcess;
  readonly port: number;
  /** SIGKILL, and gone when it resolves. */
  kill(): Promise<void>;
}

for (const engine of ['embedded', 'redis'] as const) {
  describe(`faults: a server process killed while polls are parked, ${engine}`, function () {
    this.timeout(60_000);
    let redis: RedisServer | undefined;
    let world: World;
    let balancer: LoadBalancer | undefined;
    let processes: ServerProcess[];

    /** Settles people and devices; the requests of the tests go to the two processes. */
    before(async () => {
      redis = engine === 'redis' ? await startRedis() : undefined;
      world = await createWorld({
        storeClock: 'own',
        // One poll a sign-in: being refused a second one shows that the first one is parked.
        config: { limits: { ...ROOMY_LIMITS, longPoll: { perInteraction: 1 } } },
        ...(redis ? { redisUrl: redis.url } : {}),
      });
      for (const name of NAMES) {
        const person = world.person(name);
        const device = await enrolDevice(world.server.services, world.issuer, person.account, {
          name: 'Phone that is told the second process',
          fetch: (url, init) => (balancer ? balancer.to(1) : fetch)(url, init),
        });
        world.people.set(name, { ...person, device });
      }
    });
    beforeEach(async () => {
      processes = await Promise.all([startProcess(), startProcess()]);
      balancer = createLoadBalancer(processes.map(({ port }) => port));
      await world.forgetOpen();
    });
    afterEach(async () => {
      world.fetch = fetch;
      await balancer?.close();
      balancer = undefined;
      for (const one of processes ?? []) await one.kill();
    });
    after(async () => {
      await world?.close();
      await redis?.stop();
    });

    /** `countersign serve` on the same store and issuer. */
    async function startProcess(): Promise<ServerProcess> {
      const port = await freePort();
      const { dataDir } = world.server;
      const config = JSON.parse(
        await readFile(join(dataDir, `config-${world.server.server.port}.yaml`), 'utf8'),
      ) as { http: object };
      const file = join(dataDir, `config-${port}.yaml`);
      await writeFile(file, JSON.stringify({ ...config, http: { ...config.http, port } }));
      const child = spawn(process.execPath, [ENTRY, 'serve', '--config', file], { stdio: 'ignore' });
      const ended = new Promise<void>((done) => child.once('close', () => done()));
      const kill = async () => {
        child.kill('SIGKILL');
        await ended;
      };
      for (const end = performance.now() + 20_000; ; await delay(50)) {
        const status = await fetch(`http://127.0.0.1:${port}/livez`).then(
          (answer) => answer.status,
          () => 0,
        );
        if (status === 200) return { child, port, kill };
        if (performance.now() < end && child.exitCode === null) continue;
        await kill();
        throw new Error(`no server on ${port}`);
      }
    }

    const waitingPage = async (name: PersonName) => {
      const browser = new TestBrowser({}, balancer!.inTurn);
      const request = world.authorize();
      const { page } = await world.walk(browser, request, { until: 'push', name });
      return { name, browser, request, page };
    };

    const ask = (browser: TestBrowser, page: TestPage, server: number, signal: AbortSignal | null = null) => {
      const read = (name: string) =>
        new RegExp(`data-${name}="([^"]*)"`).exec(page.text)![1]!.replaceAll('&amp;', '&');
      const url = `${world.issuer}${read('poll')}&v=${encodeURIComponent(read('version'))}`;
      const cookie = browser.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
      return balancer!.to(server)(url, { headers: { cookie }, signal });
    };

    /** The waiting page's poll at one process; asked again while another one is in its place. */
    async function poll(browser: TestBrowser, page: TestPage, server: number) {
      for (;;) {
        const answer = await ask(browser, page, server);
        const body = (await answer.json()) as { state?: string };
        if (answer.status !== 429) return { status: answer.status, state: body.state };
      }
    }

    /** Resolves once a poll of that page is parked at that process. */
    async function parkedAt(browser: TestBrowser, page: TestPage, server: number): Promise<void> {
      for (;;) {
        const answer = await ask(browser, page, server, AbortSignal.timeout(250)).catch(() => undefined);
        await answer?.arrayBuffer();
        if (answer?.status === 429) return;
      }
    }

    it('F14: the other process answers the page, and the sign-in ends there with a code', async () => {
      const pages = await Promise.all(NAMES.map(waitingPage));
      const parked = pages.map(({ browser, page }) =>
        poll(browser, page, 0).then(
          ({ state }) => state,
          () => 'broken off',
        ),
      );
      await Promise.all(pages.map(({ browser, page }) => parkedAt(browser, page, 0)));
      await processes[0]!.kill();
      expect(await Promise.all(parked)).to.deep.equal(['broken off', 'broken off']);

      const again = pages.map(({ browser, page }) => poll(browser, page, 1));
      await Promise.all(pages.map(({ browser, page }) => parkedAt(browser, page, 1)));
      for (const { name, page } of pages) await world.person(name).device!.approve(world.number(page));
      for (const answer of await Promise.all(again))
        expect(answer).to.deep.equal({ status: 200, state: 'approved' });
      for (const { browser, request, page } of pages) {
        const there = new TestBrowser({}, balancer!.to(1));
        there.cookies = structuredClone(browser.cookies);
        const { code } = await world.walk(there, await world.post(there, page, 'continue'));
        world.fetch = balancer!.to(1);
        const tokens = await world.redeem(request, code!);
        expect(tokens.status).to.equal(200);
      }
    });

    it('F14: what was answered in the moment of the kill is not lost: the next poll says it', async () => {
      const { browser, request, page } = await waitingPage('alice');
      const parked = poll(browser, page, 0).catch(() => undefined);
      await parkedAt(browser, page, 0);
      await Promise.all([processes[0]!.kill(), world.person('alice').device!.approve(world.number(page))]);
      await parked;
      expect(await poll(browser, page, 1)).to.deep.equal({ status: 200, state: 'approved' });
      const there = new TestBrowser({}, balancer!.to(1));
      there.cookies = structuredClone(browser.cookies);
      const { code } = await world.walk(there, await world.post(there, page, 'continue'));
      world.fetch = balancer!.to(1);
      expect((await world.redeem(request, code!)).status).to.equal(200);
    });
  });
}
