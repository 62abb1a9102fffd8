import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { demoSettings } from '../../src/demo/demo-settings.ts';
import { startDemo } from '../../src/demo/stage.ts';
import { WalkFailed, walk } from '../../src/demo/walk.ts';
import { createWalkLines } from '../../src/demo/walk-lines.ts';
import { startDemoProcess } from '../support/demo-process.ts';
import { cli, type RedisServer, startRedis } from '../support/redis-server.ts';

/** The JSON printed below a step; `nth` where there are several. */
function printed(stdout: string, title: string, nth = 0): Record<string, unknown> {
  const below = stdout.slice(stdout.indexOf(title));
  const json = [...below.matchAll(/^ {3}\{$[\s\S]*?^ {3}\}$/gm)][nth]?.[0];
  return JSON.parse(json ?? 'null') as Record<string, unknown>;
}

function checkWalk(stdout: string): void {
  const idToken = printed(stdout, 'The ID token says');
  expect(idToken).to.include({ acr: 'urn:countersign:acr:push', aud: 'demo-app' });
  expect(idToken['amr']).to.deep.equal(['pwd', 'swk', 'mca', 'mfa']);
  expect(Math.abs(Date.now() / 1000 - Number(idToken['auth_time']))).to.be.below(60);
  expect(printed(stdout, 'Userinfo says')).to.include({ sub: idToken['sub'], email: 'ada@example.com' });
  const signed = printed(stdout, 'signed:', 1);
  expect(signed).to.include({ decision: 'approve', purpose: 'sign-in', sub: idToken['sub'] });
  expect(stdout).to.include(`the page shows the number ${signed['number']}`);
  expect(stdout).to.match(/Are you signing in to Demo app \(localhost:\d+\)\?/);
}

describe('countersign demo --walk', function () {
  this.timeout(60_000);

  it('R47: signs in once on the embedded store, prints every step, and leaves nothing in the folder', async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'countersign-cwd-'));
    const demo = startDemoProcess(['--walk'], {}, cwd);
    expect(await demo.ended(), demo.stdout + demo.stderr).to.equal(0);
    checkWalk(demo.stdout);
    expect(demo.stdout).to.include('(embedded)');
    expect(existsSync(join(cwd, 'data'))).to.equal(false);
    await rm(cwd, { recursive: true });
  });

  describe('on Redis', () => {
    let redis: RedisServer;
    before(async () => {
      redis = await startRedis();
    });
    after(() => redis.stop());

    it('signs in, and leaves nothing that does not expire', async () => {
      const demo = startDemoProcess(['--walk'], { REDIS_URL: redis.url });
      expect(await demo.ended(), demo.stdout + demo.stderr).to.equal(0);
      checkWalk(demo.stdout);
      expect(demo.stdout).to.include('(redis)');
      const keys = (await cli(redis.port, 'keys', '*')).split('\n');
      expect(keys.filter((key) => /record:\{(account|client|keys|devices)/.test(key))).to.deep.equal([]);
    });

    it('signs in with browser and device on two processes', async () => {
      const demo = startDemoProcess(['--walk', '--processes', '2'], { REDIS_URL: redis.url });
      expect(await demo.ended(), demo.stdout + demo.stderr).to.equal(0);
      checkWalk(demo.stdout);
      const browserPort = /Countersign at http:\/\/localhost:(\d+)/.exec(demo.stdout)?.[1];
      const devicePort = /device {3}POST localhost:(\d+)\/device\/v1\/challenges/.exec(demo.stdout)?.[1];
      expect(devicePort).to.match(/^\d+$/).and.not.equal(browserPort);
    });
  });

  it('ends with 1 and the step that failed', async () => {
    const options = { walk: true, fresh: false, processes: 1 };
    const signal = AbortSignal.timeout(50_000);
    const settings = await demoSettings(options, { env: {}, cwd: tmpdir() });
    const stage = await startDemo(settings, { fresh: false, signal });
    const lines: string[] = [];
    try {
      await walk({
        ...stage,
        lines: createWalkLines((text) => lines.push(text)),
        signal,
        password: 'not hers',
      });
      expect.fail('the walk went on');
    } catch (error) {
      expect(error).to.be.instanceOf(WalkFailed);
      expect((error as WalkFailed).step).to.equal('The password is given; the device is asked');
      expect((error as Error).message).to.include('That name and password do not go together');
    } finally {
      await stage.close();
    }
    expect(existsSync(settings.dataDir)).to.equal(false);
  });

  it('says so on the error output when the store is not there', async () => {
    const demo = startDemoProcess(['--walk'], { REDIS_URL: 'redis://127.0.0.1:1' });
    expect(await demo.ended()).to.equal(1);
    expect(demo.stderr).to.match(/^countersign demo: .*Redis/i);
    expect(demo.stderr).not.to.include('    at ');
  });
});

describe('countersign demo refuses', function () {
  this.timeout(60_000);

  const refused = async (args: string[], env: Record<string, string> = {}) => {
    const demo = startDemoProcess(args, env);
    expect(await demo.ended(), demo.stdout).to.be.oneOf([1, 2]);
    return demo.stderr;
  };

  it('an issuer that is not on this machine', async () => {
    const said = await refused([], { COUNTERSIGN_ISSUER: 'https://id.example.com' });
    expect(said).to.include('The demo runs on this machine only').and.include('https://id.example.com');
  });

  it('a port that is taken, and names port and flag', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    try {
      expect(await refused(['--walk', '--port', `${port}`])).to.match(
        new RegExp(`Port ${port} is taken.*--port \\d+`),
      );
      expect(await refused(['--walk', '--app-port', `${port}`])).to.match(
        new RegExp(`Port ${port} is taken.*--app-port \\d+`),
      );
    } finally {
      await new Promise((resolve) => taken.close(resolve));
    }
  });

  it('several processes without a store they share, and ports that are none', async () => {
    expect(await refused(['--walk', '--processes', '2'])).to.include('REDIS_URL');
    expect(await refused(['--port', '70000'])).to.include('1 to 65535');
  });
});
