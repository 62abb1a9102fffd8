import { expect } from 'chai';
import { openAccount } from '../support/account-steps.ts';
import { clockOffset, later, resetClock } from '../support/clock.ts';
import { type PushService, startPushService } from '../support/push-service.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { enrolDevice, type SoftwareDevice } from '../support/software-device.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

for (const engine of ['embedded', 'redis'] as const)
  describe(`"Secure my account" from the device alone, ${engine}`, () => {
    let redis: RedisServer | undefined;
    let service: PushService;
    let world: World;
    let phone: SoftwareDevice;
    let sub: string;
    before(async () => {
      redis = engine === 'redis' ? await startRedis() : undefined;
      service = await startPushService();
    });
    after(async () => {
      await service.stop();
      await redis?.stop();
    });
    beforeEach(async () => {
      world = await createWorld({
        config: { push: await service.settings() },
        ...(redis ? { redisUrl: redis.url } : {}),
      });
      phone = world.person('alice').device!;
      sub = world.person('alice').account.sub;
      expect(clockOffset()).to.equal(0);
    });
    afterEach(async () => {
      resetClock();
      service.forget();
      await world.close();
    });

    it('R63: signs out everywhere: sessions, tokens and the person’s own pages', async () => {
      const browser = new TestBrowser();
      await openAccount(world, browser);
      const { tokens } = await world.signIn(browser, { scope: 'openid offline_access', prompt: 'consent' });
      expect(await world.active(tokens.access_token!)).to.equal(true);
      later(2); // what is signed in in this very second is as old as the sign-out
      const { sessions, paused_until } = await phone.client.secure();
      expect(sessions).to.equal(1);
      expect(paused_until - Math.floor(Date.now() / 1000)).to.be.within(86_390, 86_401);
      expect(await world.active(tokens.access_token!)).to.equal(false);
      expect((await world.refresh(tokens.refresh_token!)).status).to.equal(400);
      expect(world.promptOf(await browser.open(`${world.issuer}/account`))).to.equal('login');
      expect(world.promptOf(await browser.open(world.authorize().url))).to.equal('login');
    });

    it('R59: requests of unknown browsers reach no device, open ones end, and the page does not tell', async () => {
      const stranger = new TestBrowser();
      await world.walk(stranger, world.authorize(), { until: 'push' });
      expect(await phone.waiting()).to.have.length(1);
      await phone.client.secure();
      later(2); // a password of this very second is as old as the sign-out, and asked for again
      expect(await phone.waiting()).to.have.length(0);
      const { page } = await world.walk(new TestBrowser(), world.authorize(), { until: 'push' });
      expect(page.text).to.match(/data-number="\d{6}"/);
      expect(await phone.waiting()).to.have.length(0);
      expect((await phone.client.status()).account.paused_until).to.be.a('number');
      await phone.client.resume();
      expect((await phone.client.status()).account.paused_until).to.equal(undefined);
      await world.walk(new TestBrowser(), world.authorize(), { until: 'push' });
      expect(await phone.waiting()).to.have.length(1);
    });

    it('R59: a browser that one approval made known is a stranger’s again: it may have been a mistake', async () => {
      const relay = new TestBrowser();
      await world.signIn(relay);
      await world.walk(relay, world.authorize({ prompt: 'login' }), { until: 'push' });
      expect(await phone.waiting()).to.have.length(1);
      await phone.client.secure();
      expect(await phone.waiting(), 'what it had open').to.have.length(0);
      later(2);
      await world.walk(relay, world.authorize({ prompt: 'login' }), { until: 'push' });
      expect(await phone.waiting()).to.have.length(0);
      await phone.client.resume();
      const { page } = await world.walk(relay, world.authorize({ prompt: 'login' }), { until: 'push' });
      expect((await phone.newest()).context.unusual).to.have.length(1);
      expect(page.text).not.to.contain('Laptop');
    });

    it('the owner is not locked out: the device that did it opens the door again', async () => {
      await phone.client.secure();
      later(2);
      await phone.client.resume();
      expect((await phone.client.status()).account.paused_until).to.equal(undefined);
      expect((await world.signIn(new TestBrowser())).code).to.be.a('string');
    });

    it('ends by itself after the configured time', async () => {
      await phone.client.secure();
      later(86_401);
      await world.walk(new TestBrowser(), world.authorize(), { until: 'push' });
      expect(await phone.waiting()).to.have.length(1);
    });

    it('tells the other devices, not the one that did it, and writes it down', async () => {
      const { services, issuer } = world.server;
      const { account } = world.person('alice');
      await enrolDevice(services, issuer, account, {
        name: 'Tablet',
        subscription: service.createSubscription().record,
      });
      const doer = await enrolDevice(services, issuer, account, {
        name: 'Pixel 9',
        subscription: service.createSubscription().record,
      });
      await doer.client.secure();
      await service.receivedCount(1);
      await world.server.server.close();
      expect(service.received).to.have.length(1);
      const [push] = service.received;
      expect(push!.payload).to.include({
        v: 1,
        type: 'notice',
        notice: 'secured',
        account: 'alice',
        device: 'Pixel 9',
      });
      await services.audit.flush();
      const { events } = await services.audit.read({ account: sub }, { limit: 1000 });
      const types = events.map(({ event }) => event.type);
      expect(types).to.include.members(['account.secured', 'session.ended_everywhere', 'push.sent']);
    });

    it('tells a device what happened lately, newest first, and nothing that opens anything', async () => {
      const browser = new TestBrowser();
      const { page } = await world.walk(browser, world.authorize(), { until: 'push' });
      await phone.deny();
      await world.post(browser, page, 'send');
      await world.signIn(new TestBrowser(), {}, 'app2');
      await phone.client.rename('Blue phone');
      await world.server.services.audit.flush();
      const { events, server_time } = await phone.client.activity();
      expect(events.map(({ type }) => type)).to.deep.equal(['device-renamed', 'signed-in', 'denied']);
      expect(events[1]).to.include({ app: 'App app2', address: '127.0.0.1' });
      expect(events[2]).to.include({ app: 'App app', device: 'Blue phone' });
      expect(events[0]!.at).to.be.within(server_time - 60, server_time);
      expect(JSON.stringify(events)).not.to.include(sub).and.not.to.include(phone.id);
      expect((await phone.client.activity(1)).events).to.have.length(1);
      await phone.client.activity(0).then(
        () => expect.fail('took 0'),
        (error: { code: string }) => expect(error.code).to.equal('invalid_request'),
      );
      // another person's device hears of its own account only
      expect((await world.person('bob').device!.client.activity()).events).to.deep.equal([]);
    });
  });
