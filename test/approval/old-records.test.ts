import { expect } from 'chai';
import type { Challenge } from '../../src/approval/challenge.ts';
import { keys, MINUTE } from '../../src/store/keys.ts';
import { openStore } from '../../src/store/open.ts';
import { clockOffset, later, resetClock } from '../support/clock.ts';
import { startRedis } from '../support/redis-server.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld } from '../support/walk-world.ts';

describe('approval: records and clocks of other nodes', () => {
  it('F26: a record of another version is void: not listed, not answered, not consumed', async () => {
    const world = await createWorld();
    try {
      const browser = new TestBrowser();
      const { page } = await world.walk(browser, world.authorize(), { until: 'push' });
      const device = world.person('alice').device!;
      const challenge = await device.newest();
      const key = keys.challenge(challenge.id.split('.')[1]!);
      const record = (await world.store.get<Challenge>(key))!.value!;
      for (const v of [0, 2, undefined]) {
        const foreign = { ...record, v, state: 'approved', answer: { device: device.id, at: Date.now() } };
        await world.store.put(key, foreign, { if: 'any', ttlMs: MINUTE });
        expect(await device.waiting()).to.have.length(0);
        const refused = await device.client
          .answer(challenge, 'approve', { number: world.number(page) })
          .catch((error: { code: string }) => error.code);
        expect(refused).to.equal('challenge_not_found');
        const after = await world.post(browser, page, 'continue');
        expect(after.next).to.equal(undefined);
        expect(world.promptOf(after)).to.equal('push');
      }
    } finally {
      await world.close();
    }
  });

  it('F19: a node whose clock is five minutes off, either way, neither shortens nor lengthens a challenge', async () => {
    const redis = await startRedis();
    // No offset for the store: its clock is Redis's own, and the nodes' clocks do not matter.
    const world = await createWorld({ redisUrl: redis.url, storeClock: 'own' });
    try {
      for (const minutes of [5, -5]) {
        await world.forgetOpen();
        const browser = new TestBrowser();
        const { page } = await world.walk(browser, world.authorize(), { until: 'push' });
        later(minutes * 60);
        expect(clockOffset()).to.equal(minutes * MINUTE);
        expect((await browser.request(page.url)).text).to.include('data-number');
        await world.person('alice').device!.approve(world.number(page));
        resetClock();
        expect((await world.walk(browser, await world.post(browser, page, 'continue'))).code).to.be.a(
          'string',
        );
      }
      const store = await openStore({ redisUrl: redis.url, dataDir: '' });
      later(3600);
      expect(Math.abs((await store.now()) - (Date.now() - clockOffset()))).to.be.lessThan(MINUTE);
      await store.close();
    } finally {
      resetClock();
      await world.close();
      await redis.stop();
    }
  });
});
