import { expect } from 'chai';
import * as knownBrowsers from '../../src/accounts/known-browsers.ts';
import { openAccount, postTo, reload } from '../support/account-steps.ts';
import { clockOffset, later, resetClock } from '../support/clock.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import type { SoftwareDevice } from '../support/software-device.ts';
import { TestBrowser, type TestPage } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

const NEW = 'nine green herons sleep';

for (const engine of ['embedded', 'redis'] as const)
  describe(`self-service: changing the password, ${engine}`, () => {
    let redis: RedisServer | undefined;
    let world: World;
    let phone: SoftwareDevice;
    let sub: string;
    let old: string;
    before(async () => {
      redis = engine === 'redis' ? await startRedis() : undefined;
    });
    after(() => redis?.stop());
    beforeEach(async () => {
      expect(clockOffset()).to.equal(0);
      world = await createWorld(redis ? { redisUrl: redis.url } : {});
      const alice = world.person('alice');
      phone = alice.device!;
      sub = alice.account.sub;
      old = alice.password;
    });
    afterEach(async () => {
      resetClock();
      await world.close();
    });

    const hash = async () => (await world.server.services.accounts.get(sub))!.passwordHash;
    async function fill(
      browser: TestBrowser,
      fields: { current?: string; password?: string; password_again?: string } = {},
    ): Promise<TestPage> {
      const { password = NEW } = fields;
      const page = await browser.open(`${world.issuer}/account/password`);
      return postTo(browser, page, '/password', {
        current: old,
        password,
        password_again: password,
        ...fields,
      });
    }

    it('R24: a device approves exactly this; then everything is signed out and only the new one is good', async () => {
      const browser = new TestBrowser();
      await openAccount(world, browser);
      later(2);
      const before = await hash();
      const waiting = await fill(browser);
      const request = await phone.newest();
      expect(request.context).to.deep.include({ purpose: 'factor-change', change: { act: 'password' } });
      await postTo(browser, waiting, '/continue');
      expect(await hash()).to.equal(before);
      await phone.approve(world.number(waiting));
      const done = await postTo(browser, waiting, '/continue');
      expect(done.title).to.include('Your password is changed');
      expect(await hash()).not.to.equal(before);
      expect(world.promptOf(await browser.open(`${world.issuer}/account`))).to.equal('login');
      later(2);

      const login = await world.open(browser, world.authorize().url);
      expect(world.promptOf(await world.password(browser, login, 'alice', old))).to.equal('login');
      const again = await world.open(browser, world.authorize().url);
      expect(world.promptOf(await world.password(browser, again, 'alice', NEW))).to.equal('push');
    });

    it('R7: a browser that knew the old password is none the account knows any more', async () => {
      const [relay, browser] = [new TestBrowser(), new TestBrowser()];
      await openAccount(world, relay); // approved by mistake
      await openAccount(world, browser);
      later(2);
      const waiting = await fill(browser);
      await phone.approve(world.number(waiting));
      await postTo(browser, waiting, '/continue');
      later(2);
      expect(await knownBrowsers.count(world.store, sub)).to.equal(0);
      const login = await world.open(relay, world.authorize().url);
      const page = await world.password(relay, login, 'alice', NEW);
      expect(page.text).not.to.include('id="devices"');
      expect((await phone.newest()).id).to.be.a('string');
    });

    it('R24: a deny, or a sign-in’s approval, changes nothing', async () => {
      const browser = new TestBrowser();
      await openAccount(world, browser);
      const before = await hash();
      const waiting = await fill(browser);
      await phone.deny();
      expect((await reload(browser, waiting)).title).to.include('denied');
      await world.signIn(browser);
      expect((await postTo(browser, waiting, '/continue')).title).not.to.include('changed');
      expect(await hash()).to.equal(before);
    });

    it('wants the password of now, and a new one that will do; nobody is asked before', async () => {
      const browser = new TestBrowser();
      await openAccount(world, browser);
      for (const [fields, status] of [
        [{ current: 'not the password of alice' }, 401],
        [{ password_again: 'another one altogether' }, 400],
        [{ password: 'short' }, 400],
        [{ password: 'passwordpassword' }, 400],
        [{ password: 'this is alice and her key' }, 400],
      ] as const) {
        const page = await fill(browser, fields);
        expect([page.status, page.text.includes('role="alert"')], JSON.stringify(fields)).to.deep.equal([
          status,
          true,
        ]);
        expect(page.text).not.to.include('not the password of alice');
      }
      expect(await phone.waiting()).to.have.length(0);
    });

    it('what an admin sets meanwhile stays', async () => {
      const browser = new TestBrowser();
      await openAccount(world, browser);
      const waiting = await fill(browser);
      await phone.approve(world.number(waiting));
      later(1);
      const { accounts } = world.server.services;
      await accounts.setPassword(sub, 'set by an admin');
      const refused = await postTo(browser, waiting, '/continue');
      expect([refused.status, refused.title?.includes('not changed')]).to.deep.equal([409, true]);
      expect(await hash()).to.equal('set by an admin');
    });
  });
