import { expect } from 'chai';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

describe('walk: the store goes away', () => {
  let redis: RedisServer;
  let world: World;
  before(async () => {
    redis = await startRedis();
    world = await createWorld({ redisUrl: redis.url });
  });
  after(async () => {
    await world.close();
    await redis.stop();
  });

  it('R50 F16: people get a page with 503, apps the error, nobody gets in, and the next sign-in works', async () => {
    const browser = new TestBrowser();
    const request = world.authorize();
    const { page } = await world.walk(browser, request, { until: 'push' });
    await world.person('alice').device!.approve(world.number(page));
    const other = new TestBrowser();
    const login = await world.open(other, world.authorize().url);
    await redis.stop();

    const steps: [TestBrowser, string, Record<string, string> | undefined][] = [
      [browser, request.url, undefined],
      [browser, page.url, undefined],
      [browser, `${page.url}/continue`, {}],
      [other, login.forms[0]!.action, { username: 'alice', password: world.person('alice').password }],
    ];
    for (const [from, url, form] of steps) {
      const answer = await from.request(url, form ? { form } : {});
      expect(answer.status, url).to.equal(503);
      expect(answer.text, url).to.include('Sign-in is not available right now');
      expect(answer.next, url).to.equal(undefined);
    }
    const token = await world.postForm('/token', {
      grant_type: 'refresh_token',
      refresh_token: 'x'.repeat(43),
    });
    expect([token.status, token.error]).to.deep.equal([503, 'server_error']);
    expect((await fetch(`${world.issuer}/livez`)).status).to.equal(200);
    const readiness = await fetch(`${world.issuer}/readyz`);
    expect(readiness.status).to.equal(503);
    expect(await readiness.json()).to.include({ store: 'unavailable', reason: 'unreachable' });

    redis = await startRedis({ port: redis.port });
    while ((await fetch(`${world.issuer}/readyz`)).status !== 200)
      await new Promise((resolve) => setTimeout(resolve, 50));
    // What was in memory is gone with it; the configuration's clients are not.
    const after = await world.open(new TestBrowser(), world.authorize().url);
    expect(world.promptOf(after)).to.equal('login');
  });
});
