import { rm } from 'node:fs/promises';
import { expect } from 'chai';
import { BrowserWorld } from '../support/browser-world.ts';
import { BROWSERS, type RealBrowser } from '../support/real-browser.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { startTcpSwitch, type TcpSwitch } from '../support/tcp-switch.ts';

for (const kind of BROWSERS) {
  describe(`a server that goes away in ${kind.name}`, function () {
    this.timeout(240_000);
    let browser: RealBrowser;
    before(async () => {
      browser = await kind.launch();
    });
    afterEach(() => browser.forget());
    after(() => browser.close());

    it('F14: the page polls the node that is left, and goes on there', async () => {
      let redis: RedisServer | undefined;
      let front: TcpSwitch | undefined;
      let world: BrowserWorld | undefined;
      try {
        redis = await startRedis();
        front = await startTcpSwitch();
        const shared = { redisUrl: redis.url, issuer: `http://localhost:${front.port}` };
        world = await BrowserWorld.start(shared);
        const other = await world.nodeBeside(shared);
        try {
          front.turnTo(world.server.server.port);
          const alice = await world.person();
          const tab = await (await browser.profile()).tab();
          const request = world.request();
          const number = await world.upToNumber(tab, alice, request);
          await tab.untilPolling();
          front.turnTo(other.server.port); // the parked poll breaks off, as by kill -9
          await alice.device.approve(number);
          await world.allow(tab);
          expect((await world.redeem(request)).status).to.equal(200);
        } finally {
          await other.close();
        }
      } finally {
        await world?.close();
        await front?.close();
        await redis?.stop();
      }
    });

    it('F14: a restart while the page waits is seen by nobody: it polls until the server is back', async () => {
      const world = await BrowserWorld.start();
      const alice = await world.person();
      const tab = await (await browser.profile()).tab();
      const request = world.request();
      const number = await world.upToNumber(tab, alice, request);
      await tab.untilPolling();
      await world.server.server.close();
      await world.server.services.close();
      const again = await world.startAgain();
      try {
        expect(await tab.number()).to.equal(number);
        await alice.device.approve(number);
        await world.allow(tab);
        expect((await world.redeem(request)).status).to.equal(200);
      } finally {
        await again.close();
        await world.app.close();
        await rm(world.server.dataDir, { recursive: true, force: true });
      }
    });
  });
}
