import { expect } from 'chai';
import { keys } from '../../src/store/keys.ts';
import { claimWith, openAccount, postTo, reload, ticketOf } from '../support/account-steps.ts';
import { clockOffset, later, resetClock } from '../support/clock.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { enrolDevice, type SoftwareDevice } from '../support/software-device.ts';
import { TestBrowser, type TestPage } from '../support/test-browser.ts';
import { createWorld, type PersonName, type World } from '../support/walk-world.ts';

for (const engine of ['embedded', 'redis'] as const)
  describe(`self-service: adding a device, ${engine}`, () => {
    let redis: RedisServer | undefined;
    let world: World;
    let old: SoftwareDevice;
    let sub: string;
    before(async () => {
      redis = engine === 'redis' ? await startRedis() : undefined;
    });
    after(() => redis?.stop());
    beforeEach(async () => {
      world = await createWorld(redis ? { redisUrl: redis.url } : {});
      old = world.person('alice').device!;
      sub = world.person('alice').account.sub;
      expect(clockOffset()).to.equal(0);
    });
    afterEach(async () => {
      resetClock();
      await world.close();
    });

    const active = async () => (await world.server.services.devices.active(sub)).map(({ id }) => id);
    /** Up to the page with the code. */
    async function upToCode(browser: TestBrowser, name: PersonName = 'alice'): Promise<TestPage> {
      return postTo(browser, await openAccount(world, browser, name), '/add-device');
    }
    /** Up to the page that waits for the old device. */
    async function upToNumber(browser: TestBrowser) {
      const code = await upToCode(browser);
      const added = await claimWith(world, { secret: ticketOf(code).secret }, 'Pixel 9');
      return { added, waiting: await postTo(browser, await reload(browser, code), '/confirm') };
    }

    it('signs in by push, adds a second device with the first one’s approval, confirms and lists it', async () => {
      const browser = new TestBrowser();
      const overview = await openAccount(world, browser);
      expect(overview.text).to.include('Test phone');
      const code = await postTo(browser, overview, '/add-device');
      const added = await claimWith(world, { secret: ticketOf(code).secret }, 'Pixel 9');
      const confirm = await reload(browser, code);
      expect(confirm.text).to.include('Pixel 9').and.include(added.fingerprint);
      const waiting = await postTo(browser, confirm, '/confirm');
      await old.approve(world.number(waiting));
      const done = await postTo(browser, waiting, '/continue');
      expect(done.title).to.include('All set');
      expect((await added.client.status()).device.state).to.equal('active');
      const again = await browser.open(`${world.issuer}/account`);
      expect(again.text)
        .to.include('Pixel 9')
        .and.include(added.fingerprint)
        .and.include('Pixel 9 was added');

      // it approves sign-ins from now on, in another browser too
      const other = new TestBrowser();
      const { page } = await world.walk(other, world.authorize(), { until: 'push' });
      const [request] = (await added.client.pending()).challenges;
      await added.client.answer(request!, 'approve', { number: world.number(page) });
      expect((await world.walk(other, await world.post(other, page, 'continue'))).code).to.be.a('string');
    });

    it('R24 R27: the old device shows the new one’s name and fingerprint, and until it has approved the new one may do nothing', async () => {
      const browser = new TestBrowser();
      const { added, waiting } = await upToNumber(browser);
      const request = await old.newest();
      expect(request.context).to.deep.include({
        purpose: 'factor-change',
        account: 'alice',
        change: { act: 'add-device', name: 'Pixel 9', fingerprint: added.fingerprint },
      });
      expect((await added.client.status()).device.state).to.equal('pending');
      expect(await codeOf(added.client.pending())).to.equal('device_pending');
      for (const step of ['/continue', '/continue']) await postTo(browser, waiting, step);
      expect(await active()).to.deep.equal([old.id]);
      await old.deny();
      expect((await postTo(browser, waiting, '/continue')).title).to.include('denied');
      expect((await reload(browser, waiting)).title).to.include('denied');
      expect(await active()).to.deep.equal([old.id]);
    });

    it('R24: a sign-in’s approval seconds old is not enough, wherever it is put', async () => {
      const browser = new TestBrowser();
      await world.signIn(browser); // approved just now, in this very browser
      const { added, waiting } = await upToNumber(browser);
      const changeId = waiting.url.split('/').at(-1)!;
      const enrolmentId = added.id.split('.').at(-1)!;
      // the enrolment alone, as any other code path would confirm it
      const { enrolments } = world.server.services;
      const enrolment = await enrolments.find(sub, enrolmentId);
      expect(await enrolments.confirm(sub, enrolmentId, enrolment!.device!.thumbprint)).to.equal(
        'approval-needed',
      );
      // an approved challenge of another purpose under the change's own chain
      const stored = await world.store.get<Record<string, unknown>>(keys.challenge(changeId));
      const { value } = stored as unknown as { value: Record<string, unknown> & { context: object } };
      for (const forged of [
        { purpose: 'sign-in', context: { ...value.context, purpose: 'sign-in' } },
        { purpose: 'step-up', context: { ...value.context, purpose: 'step-up' } },
        {
          context: {
            ...value.context,
            change: { act: 'add-device', name: 'Pixel 9', fingerprint: '0000-0000-0000-0000' },
          },
        },
        { context: { ...value.context, change: { act: 'remove-device', name: 'Pixel 9' } } },
      ]) {
        const answer = { device: old.id, at: await world.store.now(), userVerified: false };
        const approved = { ...value, ...forged, state: 'approved', answer };
        await world.store.put(keys.challenge(changeId), approved, { if: 'any', ttlMs: 60_000 });
        expect((await postTo(browser, waiting, '/continue')).title).not.to.include('All set');
      }
      expect(await active()).to.deep.equal([old.id]);
    });

    it('R24 F22: a link used first by another device is seen in the browser and turned down; nothing is added', async () => {
      const browser = new TestBrowser();
      const code = await upToCode(browser);
      const thief = await claimWith(world, { secret: ticketOf(code).secret }, 'Thief’s phone');
      expect(await codeOf(claimWith(world, { secret: ticketOf(code).secret }))).to.equal('enrolment_used');
      const confirm = await reload(browser, code);
      expect(confirm.text).to.include('Thief').and.include(thief.fingerprint);
      const refused = await postTo(browser, confirm, '/cancel');
      expect(refused.title).to.include('No device was added');
      expect(await old.waiting()).to.have.length(0);
      expect((await thief.client.status()).device.state).to.equal('cancelled');
      expect(await active()).to.deep.equal([old.id]);
      // the page leads on to a new code
      expect(ticketOf(await postTo(browser, refused, '/add-device')).secret).to.be.a('string');
    });

    it('R26: link and typed code are good for ten minutes and for one device, the approval included', async () => {
      const browser = new TestBrowser();
      const code = await upToCode(browser);
      const ticket = { code: ticketOf(code).code, user_name: 'alice' };
      const added = await claimWith(world, ticket, 'By code');
      expect(await codeOf(claimWith(world, ticket))).to.equal('enrolment_used');
      const waiting = await postTo(browser, await reload(browser, code), '/confirm');
      await old.approve(world.number(waiting));
      later(601);
      expect((await postTo(browser, waiting, '/continue')).title).not.to.include('All set');
      expect(await active()).to.deep.equal([old.id]);
      expect((await added.client.status()).device.state).to.equal('expired');
      const late = ticketOf(await postTo(browser, await openAccount(world, browser), '/add-device'));
      later(601);
      expect(await codeOf(claimWith(world, { secret: late.secret }))).to.equal('enrolment_expired');
    });

    it('R27: a form that names another key than the page showed asks nobody', async () => {
      const browser = new TestBrowser();
      const code = await upToCode(browser);
      await claimWith(world, { secret: ticketOf(code).secret });
      const confirm = await reload(browser, code);
      await postTo(browser, confirm, '/confirm', { thumbprint: 'A'.repeat(43) });
      expect(await old.waiting()).to.have.length(0);
    });

    it('R23: an approval by a device that was removed since adds nothing', async () => {
      const second = await enrolDevice(world.server.services, world.issuer, world.person('alice').account, {
        name: 'Second',
      });
      const browser = new TestBrowser();
      const { added, waiting } = await upToNumber(browser);
      await second.approve(world.number(waiting));
      await world.server.services.devices.revoke(sub, second.id);
      await postTo(browser, waiting, '/continue');
      expect(await active()).to.deep.equal([old.id]);
      expect((await added.client.status()).device.state).to.equal('pending');
    });

    it('R5: of many that go on at once one change comes, and all hear the same', async () => {
      const browser = new TestBrowser();
      const { added, waiting } = await upToNumber(browser);
      await old.approve(world.number(waiting));
      const pages = await Promise.all(Array.from({ length: 8 }, () => postTo(browser, waiting, '/continue')));
      expect(pages.map(({ title }) => title)).to.deep.equal(pages.map(() => 'All set · Countersign'));
      expect(await active()).to.deep.equal([old.id, added.id]);
      await world.server.services.audit.flush();
      const { events } = await world.server.services.audit.read({ account: sub }, { limit: 1000 });
      const confirmed = events.filter(({ event }) => event.type === 'device.confirmed');
      expect(confirmed.map(({ event }) => 'approvedBy' in event && event.approvedBy)).to.deep.equal([old.id]);
    });

    it('R1 R61: only a click asks the devices, and a wrong number adds nothing', async () => {
      const browser = new TestBrowser();
      const { waiting } = await upToNumber(browser);
      for (let n = 0; n < 5; n++) await reload(browser, waiting);
      await postTo(browser, waiting, '/send'); // too soon
      await world.server.services.audit.flush();
      const { events } = await world.server.services.audit.read({ account: sub }, { limit: 1000 });
      const asked = events.filter(
        ({ event }) => event.type === 'challenge.created' && event.purpose === 'factor-change',
      );
      expect(asked).to.have.length(1);
      const wrong = String((Number(world.number(waiting)) + 1) % 1_000_000).padStart(6, '0');
      expect(await codeOf(old.approve(wrong))).to.equal('wrong_number');
      expect(await active()).to.deep.equal([old.id]);
    });
  });

/** The protocol's error code a call ends with. */
async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'none',
    (error: { code?: string }) => error.code ?? String(error),
  );
}
