import { expect } from 'chai';
import { claimWith, isOverview, openAccount, postTo, reload, ticketOf } from '../support/account-steps.ts';
import { type PushService, startPushService } from '../support/push-service.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { enrolDevice, type SoftwareDevice } from '../support/software-device.ts';
import { TestBrowser, type TestPage } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

for (const engine of ['embedded', 'redis'] as const)
  describe(`self-service: a person’s devices, ${engine}`, () => {
    let redis: RedisServer | undefined;
    let service: PushService;
    let world: World;
    let old: SoftwareDevice;
    let second: SoftwareDevice;
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
      const { account, device } = world.person('alice');
      old = device!;
      sub = account.sub;
      second = await enrolDevice(world.server.services, world.issuer, account, { name: 'Tablet' });
    });
    afterEach(async () => {
      service.forget();
      await world.close();
    });

    const active = async () => (await world.server.services.devices.active(sub)).map(({ id }) => id);
    const pathOf = (device: { id: string }) =>
      `${world.issuer}/account/devices/${device.id.split('.').at(-1)}`;
    async function devicePage(browser: TestBrowser, device: { id: string }): Promise<TestPage> {
      await openAccount(world, browser);
      return browser.open(pathOf(device));
    }

    it('R24: another device is asked, sees what goes, and only its yes removes it', async () => {
      const browser = new TestBrowser();
      const waiting = await postTo(browser, await devicePage(browser, second), '/remove');
      const request = await old.newest();
      expect(request.context.purpose).to.equal('factor-change');
      expect(request.context.change).to.include({ act: 'remove-device', name: 'Tablet' });
      expect(await second.waiting()).to.have.length(0); // not its own removal
      await postTo(browser, waiting, '/continue');
      expect(await active()).to.have.members([old.id, second.id]);
      await old.approve(world.number(waiting));
      const done = await postTo(browser, waiting, '/continue');
      expect(done.title).to.include('It is removed');
      expect(done.text).to.include('Tablet');
      expect(await active()).to.deep.equal([old.id]);
      expect((await postTo(browser, waiting, '/continue')).title).to.include('It is removed');
      const overview = await browser.open(`${world.issuer}/account`);
      expect(overview.text).to.include('Tablet was removed');
      const { events } = await world.server.services.audit.read({ account: sub }, { limit: 1000 });
      const revoked = events.filter(({ event }) => event.type === 'device.revoked');
      expect(revoked.map(({ event }) => event)).to.have.length(1);
      expect(revoked[0]!.event).to.include({ device: second.id, by: 'self', approvedBy: old.id });
    });

    it('R24: a deny removes nothing, and “ask again” asks anew with another number', async () => {
      const browser = new TestBrowser();
      const waiting = await postTo(browser, await devicePage(browser, second), '/remove');
      await old.deny();
      const denied = await reload(browser, waiting);
      expect(denied.title).to.include('denied');
      const again = await postTo(browser, denied, '/send');
      await old.approve(world.number(again));
      expect((await postTo(browser, again, '/continue')).title).to.include('It is removed');
    });

    it('R23: two devices that approve each other’s removal at once leave one', async () => {
      const [one, two] = [new TestBrowser(), new TestBrowser()];
      const first = await postTo(one, await devicePage(one, second), '/remove');
      await old.approve(world.number(first));
      await world.forgetOpen(); // one is open for known browsers; this is about what follows two approvals
      const other = await postTo(two, await devicePage(two, old), '/remove');
      await second.approve(world.number(other));
      await Promise.all([postTo(one, first, '/continue'), postTo(two, other, '/continue')]);
      expect(await active()).to.have.length(1);
    });

    it('R29: another person’s device is not found, nor is another session’s change', async () => {
      const bob = new TestBrowser();
      await openAccount(world, bob, 'bob');
      expect((await bob.open(pathOf(second))).status).to.equal(404);
      const alice = new TestBrowser();
      const waiting = await postTo(alice, await devicePage(alice, second), '/remove');
      expect((await bob.open(waiting.url)).status).to.equal(404);
      const again = new TestBrowser();
      await openAccount(world, again);
      expect((await again.open(waiting.url)).status).to.equal(404);
      // the same browser, signed in anew: another session
      alice.dropCookie('account');
      expect(isOverview(await alice.open(`${world.issuer}/account`))).to.equal(true);
      expect((await alice.open(waiting.url)).status).to.equal(404);
      await old.approve(world.number(waiting));
      for (const form of waiting.forms) {
        const step = new URL(form.action).pathname.split('/').at(-1)!;
        const token = (await again.open(`${world.issuer}/account`)).forms[0]!.fields['token']!;
        const answer = await again.request(form.action, { form: { token } });
        expect(answer.status, step).to.equal(404);
      }
      expect(await active()).to.have.members([old.id, second.id]);
    });

    it('the last device cannot be removed: nothing could approve it', async () => {
      await world.server.services.devices.revoke(sub, second.id);
      const browser = new TestBrowser();
      const page = await devicePage(browser, old);
      expect(page.forms.map(({ id }) => id)).to.deep.equal(['rename-form']);
      const token = page.forms[0]!.fields['token']!;
      const answer = await browser.request(`${pathOf(old)}/remove`, { form: { token } });
      expect([answer.next, answer.forms.map(({ id }) => id)]).to.deep.equal([undefined, ['rename-form']]);
      expect(await old.waiting()).to.have.length(0);
      expect(await active()).to.deep.equal([old.id]);
    });

    it('a name is the person’s to change, within what can be shown', async () => {
      const browser = new TestBrowser();
      const page = await devicePage(browser, second);
      for (const name of ['', '   ', 'x'.repeat(65), 'a\u202Eb']) {
        const refused = await browser.submit(page, 'rename-form', { name });
        expect([refused.status, refused.text.includes('role="alert"')]).to.deep.equal([400, true]);
      }
      await browser.submit(page, 'rename-form', { name: ' Küche 🍳 ' });
      expect((await second.client.status()).device.name).to.equal('Küche 🍳');
    });

    it('R24: every other device is told of one that was added, and of one that was removed', async () => {
      const { services, issuer } = world.server;
      await enrolDevice(services, issuer, world.person('alice').account, {
        name: 'Watching',
        subscription: service.createSubscription().record,
      });
      const browser = new TestBrowser();
      const code = await postTo(browser, await openAccount(world, browser), '/add-device');
      await service.receivedCount(1); // the sign-in's own push
      const added = await claimWith(world, { secret: ticketOf(code).secret }, 'Pixel 9');
      const waiting = await postTo(browser, await reload(browser, code), '/confirm');
      await old.approve(world.number(waiting));
      await postTo(browser, waiting, '/continue');
      await service.receivedCount(3); // the request, and the notice
      const removal = await postTo(browser, await browser.open(pathOf(added)), '/remove');
      await old.approve(world.number(removal));
      await postTo(browser, removal, '/continue');
      await service.receivedCount(5);
      await second.client.remove(); // by itself: nobody is asked, and the others are told
      await service.receivedCount(6);
      const notices = service.received
        .map(({ payload }) => payload as { type: string; notice?: string; device?: string })
        .filter(({ type }) => type === 'notice');
      expect(notices.map(({ notice, device }) => [notice, device])).to.deep.equal([
        ['device-added', 'Pixel 9'],
        ['device-removed', 'Pixel 9'],
        ['device-removed', 'Tablet'],
      ]);
    });
  });
