import { expect } from 'chai';
import type { AuditRecord } from '../../src/audit/audit.ts';
import { keys } from '../../src/store/keys.ts';
import { bareHeaders, timeless } from '../support/bare-page.ts';
import { later, resetClock } from '../support/clock.ts';
import { countingStore } from '../support/counting-store.ts';
import { TestBrowser, type TestPage } from '../support/test-browser.ts';
import { enterUserCode, startDevice } from '../support/walk-steps.ts';
import { createWorld, type PersonName, type World } from '../support/walk-world.ts';

const FROM = (address: string) => new TestBrowser({ 'x-forwarded-for': address });
const HOUR = { max: 2, window: '1h' };
const CAP = { max: 3, window: '10min' };
const ROOMY = { max: 1000, window: '10min' };

interface Seen {
  readonly label: string;
  readonly calls: readonly string[];
  readonly pages: readonly TestPage[];
  readonly poll: string;
}

describe('walk: an account under attack', () => {
  let world: World;
  let counting: ReturnType<typeof countingStore>;
  beforeEach(async () => {
    world = await createWorld({
      config: {
        http: { trustedProxies: ['127.0.0.1', '::1'] },
        limits: {
          push: {
            perAccount: [CAP],
            knownBrowser: ROOMY,
            accountsPerAddress: HOUR,
            accountsPerNetwork: HOUR,
          },
          password: { perAccount: ROOMY, perAddress: ROOMY, knownBrowser: ROOMY },
        },
      },
      wrapStore: (store) => {
        counting = countingStore(store);
        return counting.store;
      },
    });
  });
  afterEach(async () => {
    resetClock();
    await world.close();
  });

  let addresses = 0;
  /** An address in a network of its own. */
  const elsewhere = () => `198.18.${++addresses}.1`;
  const ask = (name: PersonName, browser = FROM(elsewhere())) =>
    world.walk(browser, world.authorize({ prompt: 'login' }), { until: 'push', name });
  const events = async (type: string): Promise<readonly AuditRecord[]> => {
    const { audit } = world.server.services;
    await audit.flush();
    const page = await audit.read(
      { category: type === 'challenge.created' ? 'sign-in' : 'account' },
      { limit: 1000 },
    );
    return page.events.map(({ event }) => event).filter((event) => event.type === type);
  };

  /** What a browser that gives the right password sees, from the password's answer to the poll. */
  async function look(label: string, name: PersonName, browser = FROM(elsewhere())): Promise<Seen> {
    const login = await world.open(browser, world.authorize().url);
    await world.server.services.audit.flush();
    counting.reset();
    const { password } = world.person(name);
    const left = await browser.submit(login, 'login-form', { username: name, password });
    const calls = counting.calls().filter((verb) => verb !== 'log.append' && verb !== 'now');
    const waiting = await browser.open(left.next!);
    const url = /data-poll="([^"]+)"/.exec(waiting.text)![1]!.replaceAll('&amp;', '&');
    const poll = await browser.request(`${world.issuer}${url}&v=other`);
    const { v: _, ...answer } = JSON.parse(poll.text) as Record<string, unknown>;
    return { label, calls, pages: [left, waiting], poll: JSON.stringify({ ...answer, secondsLeft: 0 }) };
  }

  it('R42 R59: reported, blocked, secured, sprayed, harassed or nothing of it: the same pages, headers, polls and store calls', async () => {
    const alice = world.person('alice').device!;
    const seen = [await look('a device', 'alice'), await look('no device', 'carol')];
    await alice.report();
    seen.push(await look('reported', 'alice'));

    const known = FROM('192.0.2.1');
    await alice.client.resume();
    await world.signIn(known);
    const thief = FROM('203.0.113.7');
    await ask('alice', thief);
    await alice.report();
    const { page } = await world.walk(known, world.authorize({ prompt: 'login' }), { until: 'push' });
    await world.walk(known, page);
    seen.push(await look('the address is blocked', 'alice', FROM('203.0.113.7')));
    seen.push(await look('the network is blocked', 'alice', FROM('203.0.113.8')));
    const { listed, withheld } = (await events('challenge.created')).at(-1) as {
      listed: boolean;
      withheld?: string;
    };
    expect([listed, withheld]).to.deep.equal([false, 'blocked']);

    await alice.client.secure();
    later(2);
    seen.push(await look('secured', 'alice'));
    for (let n = 0; n < 8; n++) await ask('bob');
    expect(await events('attack.harassment')).to.have.length(1);
    seen.push(await look('harassed', 'bob'));
    for (const name of ['carol', 'alice'] as const) await ask(name, FROM('203.0.113.99'));
    seen.push(await look('sprayed', 'bob', FROM('203.0.113.99')));
    expect(await events('attack.spray')).to.have.length(1);

    for (const one of seen) {
      expect(one.calls, one.label).to.deep.equal(seen[0]!.calls);
      expect(one.poll, one.label).to.equal(seen[0]!.poll);
      one.pages.forEach((page, i) => {
        expect(timeless(page), one.label).to.equal(timeless(seen[0]!.pages[i]!));
        expect(bareHeaders(page), one.label).to.deep.equal(bareHeaders(seen[0]!.pages[i]!));
      });
    }
  });

  it('R10: push spray: for the third account that one address asks for no phone rings, its person still finds the request, and it is written down once', async () => {
    await ask('carol', FROM('203.0.113.7'));
    await ask('alice', FROM('203.0.113.7'));
    for (let n = 0; n < 3; n++) await ask('alice', FROM('203.0.113.7'));
    const rings = async () =>
      ((await events('challenge.created')) as readonly (AuditRecord & { rings?: boolean })[]).map(
        (one) => one.rings,
      );
    expect((await rings())[2], 'tries are not accounts').to.equal(true);
    const office = FROM('203.0.113.7');
    const { page } = await ask('bob', office);
    expect((await rings()).at(-1)).to.equal(false);
    const [spray, ...more] = await events('attack.spray');
    expect([spray, more]).to.deep.include.members([[]]);
    expect(spray).to.include({ what: 'network', value: '203.0.113.0/24', accounts: 3 });
    await world.person('bob').device!.approve(world.number(page));
    expect(
      (await world.walk(office, await world.post(office, page, 'continue'), { name: 'bob' })).code,
    ).to.be.a('string');
    // Bob is no longer one of them: his own success is given back, and nothing more.
    await ask('bob', FROM('203.0.113.8'));
    expect((await rings()).at(-1), 'counted anew').to.equal(false);
    await ask('bob');
    expect((await rings()).at(-1), 'elsewhere').to.equal(true);
  });

  it('an office where people succeed is no spray, and whoever signs in to an account of their own washes nothing clean', async () => {
    for (let n = 0; n < 2; n++)
      for (const name of ['alice', 'bob'] as const) {
        const { tokens } = await world.signIn(FROM('203.0.113.7'), {}, 'app', { name });
        expect(tokens.status).to.equal(200);
      }
    const { store } = world.server.services;
    const count = async () =>
      (await store.count(keys.limit('spray-address', '203.0.113.7'), { windowMs: 3_600_000, by: 0 })).count;
    expect(await count()).to.equal(0);
    await ask('carol', FROM('203.0.113.7'));
    await ask('bob', FROM('203.0.113.7'));
    for (let n = 0; n < 3; n++) await world.signIn(FROM('203.0.113.7'), {}, 'app', { name: 'alice' });
    expect(await count()).to.equal(2);
    // One account that asks twice was counted once, and is forgiven once.
    const both = [FROM('203.0.113.7'), FROM('203.0.113.7')] as const;
    const pages = [(await ask('alice', both[0])).page, (await ask('alice', both[1])).page] as const;
    expect(await count()).to.equal(3);
    const phone = world.person('alice').device!;
    for (const n of [0, 1] as const) {
      const waiting = await phone.waiting();
      await phone.client.answer(waiting.at(-1)!, 'approve', { number: world.number(pages[n]) });
      await world.post(both[n], pages[n], 'continue');
    }
    expect(await count()).to.equal(2);
  });

  it('a success gives back what was counted for the address that asked first, and not for a neighbour it came from', async () => {
    const { store } = world.server.services;
    const count = async (address: string) =>
      (await store.count(keys.limit('spray-address', address), { windowMs: 3_600_000, by: 0 })).count;
    await ask('carol', FROM('203.0.113.8'));
    await ask('alice', FROM('203.0.113.7'));
    await world.forgetOpen();
    await world.signIn(FROM('203.0.113.8'), {}, 'app', { name: 'alice' });
    expect([await count('203.0.113.7'), await count('203.0.113.8')]).to.deep.equal([0, 1]);
  });

  it('R10: harassment is written down with its count, once in an hour, and its person told of once a day', async () => {
    for (let n = 0; n < 9; n++) await ask('alice');
    const first = await events('attack.harassment');
    expect(first).to.have.length(1);
    expect(first[0]).to.include({ tries: 7, seconds: 600 });
    later(3601);
    for (let n = 0; n < 9; n++) await ask('alice');
    expect(await events('attack.harassment')).to.have.length(2);
    expect(await events('attack.spray')).to.have.length(0);
  });

  it('R9 R10: device codes and other spellings of the name count with the rest', async () => {
    const device = world.person('alice').device!;
    const rang = async () =>
      ((await events('challenge.created')) as readonly (AuditRecord & { rings?: boolean })[]).map(
        (one) => one.rings,
      );
    const { password } = world.person('alice');
    const typed = async (page: TestPage, browser: TestBrowser, username: string) => {
      await world.forgetOpen();
      await browser.follow(await browser.submit(page, 'login-form', { username, password }), () => true);
    };
    for (const username of ['alice', 'ALICE@example.com', 'Ａlice', 'alice']) {
      const browser = FROM(elsewhere());
      const code = await startDevice(world);
      await typed(await enterUserCode(world, browser, code.user_code), browser, username);
      if ((await rang()).length === 1)
        expect((await device.newest()).context.purpose).to.equal('device-code');
    }
    const browser = FROM(elsewhere());
    await typed(await world.open(browser, world.authorize().url), browser, 'alice');
    expect(await rang()).to.deep.equal([true, true, true, false, false]);
  });

  it('without the password nothing of it can be caused', async () => {
    for (let n = 0; n < 20; n++) {
      const browser = FROM('203.0.113.7');
      const login = await world.open(browser, world.authorize().url);
      await browser.submit(login, 'login-form', {
        username: ['alice', 'bob'][n % 2]!,
        password: 'a wrong one',
      });
    }
    for (const type of ['attack.harassment', 'attack.spray', 'challenge.created'])
      expect(await events(type), type).to.have.length(0);
    expect((await world.signIn(FROM('203.0.113.7'))).code).to.be.a('string');
    expect((await world.person('alice').device!.client.status()).account).not.to.have.property('reported_at');
  });

  it('R11: after the second deny a browser rings no phone for five minutes from then, not from the first', async () => {
    const device = world.person('alice').device!;
    const { sub } = world.person('alice').account;
    const browser = FROM('203.0.113.7');
    const rings = async () => {
      await world.forgetOpen();
      for (const rule of ['push-0', 'push-1']) await world.store.delete(keys.limit(rule, sub));
      await ask('alice', browser);
      expect(await device.waiting(), 'it is listed all the same').to.have.length(1);
      return ((await events('challenge.created')).at(-1) as { rings?: boolean }).rings;
    };
    expect(await rings()).to.equal(true);
    await device.deny();
    later(4 * 60);
    expect(await rings(), 'once is a mistake').to.equal(true);
    await device.deny();
    later(4 * 60 + 50);
    expect(await rings(), 'nearly nine minutes after the first').to.equal(false);
    later(11);
    expect(await rings()).to.equal(true);
    await device.deny();
    later(11 * 60);
    expect(await rings(), 'the caps are another rule').to.equal(true);
  });
});
