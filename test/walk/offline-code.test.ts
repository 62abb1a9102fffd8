import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { decodeJwt } from 'jose';
import * as knownBrowsers from '../../src/accounts/known-browsers.ts';
import { composeOfflineCodes } from '../../src/composition/offline-codes.ts';
import { decodeBase64url } from '../../src/protocol/base64url.ts';
import { offlineCode, offlineKey } from '../../src/protocol/offline-code.ts';
import { giveBypass } from '../../src/recovery/bypass.ts';
import { keys } from '../../src/store/keys.ts';
import { readKeyFile, writeKeyFile } from '../../src/terminal-device/key-file.ts';
import { keepOfflineSecret, offlineCodeOf } from '../../src/terminal-device/offline-code.ts';
import { openAccount, postTo, reload } from '../support/account-steps.ts';
import { bare, bareHeaders } from '../support/bare-page.ts';
import { later, resetClock } from '../support/clock.ts';
import { countingStore } from '../support/counting-store.ts';
import type { SoftwareDevice } from '../support/software-device.ts';
import { TestBrowser, type TestPage } from '../support/test-browser.ts';
import { enterUserCode, startDevice } from '../support/walk-steps.ts';
import { APP, createWorld, type PersonName, type World, type WorldOptions } from '../support/walk-world.ts';

describe('walk: codes of a phone without network', () => {
  let folder: string;
  let keyFile: string;
  let world: World;
  let counting: ReturnType<typeof countingStore>;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-key-'));
    keyFile = join(folder, 'offline.key');
    await writeFile(keyFile, `${randomBytes(32).toString('base64')}\n`);
  });
  after(() => rm(folder, { recursive: true, force: true }));
  const start = (config: Record<string, unknown> = {}, more: Partial<WorldOptions> = {}) =>
    createWorld({ config: { factors: { offlineCode: { keyFile } }, ...config }, ...more });
  beforeEach(async () => {
    world = await start(
      {},
      {
        wrapStore: (store) => {
          counting = countingStore(store);
          return counting.store;
        },
      },
    );
  });
  afterEach(async () => {
    resetClock();
    await world.close();
  });

  const sub = (name: PersonName = 'alice') => world.person(name).account.sub;
  const phone = () => world.person('alice').device!;
  async function codeOf(device: SoftwareDevice): Promise<string> {
    const { secret } = await device.client.offlineCode();
    return (await offlineCode(await offlineKey(decodeBase64url(secret)!), Date.now())).code;
  }
  /** At `/account`, approved by the phone. */
  async function turn(browser: TestBrowser): Promise<{ waiting: TestPage; done: TestPage }> {
    const page = await browser.open(`${world.issuer}/account/offline-code`);
    const waiting = await postTo(browser, page, '/offline-code');
    await phone().approve(world.number(waiting));
    return { waiting, done: await postTo(browser, waiting, '/continue') };
  }
  async function turnOn(): Promise<TestBrowser> {
    const browser = new TestBrowser();
    await openAccount(world, browser);
    await turn(browser);
    return browser;
  }
  async function toCode(browser: TestBrowser, name: PersonName = 'alice', params = {}, clientId = 'app') {
    const request = world.authorize(params, clientId);
    const { page } = await world.walk(browser, request, { name, until: 'push' });
    const [, href] = /id="offline-code" href="([^"]+)"/.exec(page.text) ?? [];
    return { request, page, form: href && (await browser.open(new URL(href, page.url).href)) };
  }
  const type = (browser: TestBrowser, form: TestPage | string | undefined, code: string, more = {}) =>
    browser.submit(form as TestPage, 'offline-code-form', { code, ...more });

  it('R24: are turned on and off by a device’s approval of just that, and an approved change counts once', async () => {
    const browser = new TestBrowser();
    await openAccount(world, browser);
    expect((await phone().client.status()).account).not.to.have.property('offline_code');
    expect(
      await phone()
        .client.offlineCode()
        .catch((error: { status: number }) => error.status),
    ).to.equal(404);
    const page = await browser.open(`${world.issuer}/account/offline-code`);
    const asked = await postTo(browser, page, '/offline-code');
    const request = await phone().newest();
    expect(request.context).to.deep.include({ purpose: 'factor-change', change: { act: 'offline-code-on' } });
    await postTo(browser, asked, '/continue');
    expect(await world.store.get(keys.offlineCodes(sub()))).to.equal(undefined);
    await phone().deny();
    expect((await reload(browser, asked)).title).to.include('denied');

    const on = await turn(browser);
    expect(on.done.title).to.include('Offline codes are on');
    const made = await phone().client.offlineCode();
    expect((await phone().client.status()).account.offline_code).to.equal(made.offline_code);
    expect((await phone().client.offlineCode()).secret).to.equal(made.secret);
    const off = await turn(browser);
    expect(off.done.title).to.include('Offline codes are off');
    // Neither of the two, sent again, undoes the other.
    await postTo(browser, on.waiting, '/continue');
    expect(await world.store.get(keys.offlineCodes(sub()))).to.equal(undefined);
    await turn(browser);
    await postTo(browser, off.waiting, '/continue');
    expect((await phone().client.offlineCode()).secret).not.to.equal(made.secret);
  });

  it('R47 R48: a code ends a sign-in as what it is: not push, not for who asks for push, not for /account', async () => {
    await turnOn();
    const before = await knownBrowsers.count(world.store, sub());
    const browser = new TestBrowser();
    const { request, form } = await toCode(browser);
    expect(await phone().waiting()).to.have.length(1);
    const typed = await type(browser, form, await codeOf(phone()));
    expect(await phone().waiting(), 'nothing is left to be approved').to.have.length(0);
    const page = await browser.follow(typed, (url) => url.startsWith(APP));
    const walked = await world.walk(browser, page);
    const claims = decodeJwt((await world.redeem(request, walked.code!)).id_token!);
    expect([claims['acr'], claims['amr']]).to.deep.equal(['urn:countersign:acr:otp', ['pwd', 'otp', 'mfa']]);
    expect(await knownBrowsers.count(world.store, sub())).to.equal(before);
    await world.server.services.audit.flush();
    const lately = (await phone().client.activity()).events.map((event) => event.type);
    expect(lately).to.include.members(['offline-code-used', 'offline-code-on']);

    const essential = JSON.stringify({
      id_token: { acr: { essential: true, value: 'urn:countersign:acr:push' } },
    });
    for (const params of [{ claims: essential }, { acr_values: 'urn:countersign:acr:push' }]) {
      const step = await toCode(browser, 'alice', params);
      expect([world.promptOf(step.page), step.form]).to.deep.equal(['push', undefined]);
      // Nor by hand.
      const forced = await browser.request(`${step.page.url}/offline-code`, { form: { code: '000000' } });
      expect(forced.next).to.equal(step.page.url);
    }
    expect(world.promptOf(await browser.open(`${world.issuer}/account`))).to.equal('push');
    const device = await startDevice(world);
    const tv = await enterUserCode(world, browser, device.user_code);
    expect(tv.text).not.to.include('id="offline-code"');
  });

  it('the terminal keeps its secret in its key file, 0600, and shows codes without the server; another change voids it', async () => {
    const path = join(folder, 'device.json');
    const kept = {
      v: 1,
      issuer: world.issuer,
      name: 'T',
      alg: 'EdDSA',
      secret: 's',
      kid: phone().id,
    } as const;
    await writeKeyFile(path, kept);
    expect(await keepOfflineSecret(path, kept, phone().client)).to.deep.equal(kept);
    const owner = await turnOn();
    const on = await keepOfflineSecret(path, kept, phone().client);
    expect(await readKeyFile(path)).to.deep.equal(on);
    expect((await offlineCodeOf((await readKeyFile(path))!, Date.now()))!.code).to.equal(
      await codeOf(phone()),
    );
    await turn(owner);
    const off = await keepOfflineSecret(path, on, phone().client);
    expect(await readKeyFile(path))
      .to.deep.equal(off)
      .and.not.to.have.property('offline');
    expect(await offlineCodeOf(off, Date.now())).to.equal(undefined);
  });

  it('R5 R23: a code counts once, and none of a device that is removed', async () => {
    await turnOn();
    const code = await codeOf(phone());
    const [a, b] = [new TestBrowser(), new TestBrowser()];
    const forms = [await toCode(a), await toCode(b)];
    const both = await Promise.all([type(a, forms[0]!.form, code), type(b, forms[1]!.form, code)]);
    expect(both.map(({ status }) => status).sort()).to.deep.equal([200, 401]);
    later(60);
    const next = await codeOf(phone());
    await world.server.services.devices.revoke(sub(), phone().id);
    await world.forgetOpen();
    const c = new TestBrowser();
    expect((await type(c, (await toCode(c)).form, next)).status).to.equal(401);
  });

  it('R42: with codes, without, and without a device: the same page and the same work', async () => {
    await turnOn();
    await codeOf(phone());
    const seen: { page: TestPage; calls: string[] }[] = [];
    for (const name of ['alice', 'bob', 'carol'] as const) {
      const browser = new TestBrowser();
      const { form } = await toCode(browser, name);
      await world.server.services.audit.flush();
      counting.reset();
      const page = await type(browser, form, '000000');
      seen.push({
        page,
        calls: counting.calls().filter((verb) => verb !== 'log.append' && verb !== 'now'),
      });
    }
    const plain = (page: TestPage) => bare(page).replaceAll(/alice|bob|carol/g, 'somebody');
    for (const { page, calls } of seen) {
      expect(page.status).to.equal(401);
      expect(plain(page)).to.equal(plain(seen[0]!.page));
      expect(bareHeaders(page)).to.deep.equal(bareHeaders(seen[0]!.page));
      expect(calls).to.deep.equal(seen[0]!.calls);
    }
  });

  it('R7 R9: wrong codes slow, apart for a known browser; a hundred in a row close them until they are made anew', async () => {
    const owner = await turnOn();
    const stranger = new TestBrowser();
    const { form } = await toCode(stranger);
    for (let n = 0; n < 10; n++) expect((await type(stranger, form, '00000x')).status).to.equal(401);
    expect((await type(stranger, form, await codeOf(phone()))).status).to.equal(429);
    const mine = await toCode(owner, 'alice', { prompt: 'login' });
    expect((await type(owner, mine.form, await codeOf(phone()))).status).to.equal(200);

    for (let n = 10; n < 100; n++)
      await world.store.count(keys.limit('offline-code-row', sub()), { windowMs: null });
    later(3700);
    const late = new TestBrowser();
    await world.forgetOpen();
    const closed = await type(late, (await toCode(late)).form, await codeOf(phone()));
    expect([closed.status, closed.text.includes('turn them off and on')]).to.deep.equal([429, true]);
    await openAccount(world, owner);
    await turn(owner);
    later(60);
    await turn(owner);
    later(60);
    await world.forgetOpen();
    const again = new TestBrowser();
    expect((await type(again, (await toCode(again)).form, await codeOf(phone()))).status).to.equal(200);
  });

  it('R48: where policy wants a verified person, neither such a code nor one of an admin stands in', async () => {
    const rule = { name: 'verified', when: {}, proof: 'push-verified' };
    const strict = await start({ policy: { rules: [rule] } });
    try {
      const alice = strict.person('alice').account.sub;
      const browser = new TestBrowser();
      const page = await strict.open(browser, strict.authorize().url);
      const next = await strict.password(browser, page, 'alice');
      expect(next.text).not.to.include('id="offline-code"');
      const interaction = /^(.*\/interaction\/[^/?]+)/.exec(next.url)![1]!;
      const posted = await browser.request(`${interaction}/offline-code`, { form: { code: '123456' } });
      expect(posted.next).to.equal(interaction);
      const { code } = await giveBypass(strict.store, alice, 60_000);
      const answer = await browser.request(`${interaction}/lost-phone`, { form: { code } });
      expect([answer.status, answer.text.includes('not used up')]).to.deep.equal([403, true]);
      expect(await strict.store.get(keys.bypass(alice))).not.to.equal(undefined);
    } finally {
      await strict.close();
    }
  });

  it('R48: a session that steps up by such a code, or an admin’s, is asked of policy as one that sends a request is', async () => {
    const rules = (proof: string) => [
      { name: 'lax', when: { clients: ['lax'] }, proof: 'push' },
      { name: 'up', when: { purposes: ['step-up'] }, proof },
    ];
    for (const proof of ['passkey', 'push-verified', 'refuse']) {
      const strict = await start({ policy: { rules: rules(proof) } });
      try {
        const { account, device, password } = strict.person('alice');
        const codes = composeOfflineCodes(strict.server.services)!;
        await codes.turnOn(account.sub, 'change');
        const { code: bypass } = await giveBypass(strict.store, account.sub, 60_000);
        for (const [path, code] of [
          ['offline-code', await codeOf(device!)],
          ['lost-phone', bypass],
        ] as const) {
          const browser = new TestBrowser();
          await strict.signIn(browser, {}, 'lax', { name: 'alice' });
          const request = strict.authorize();
          const up = await strict.open(browser, request.url);
          const form = { code, password };
          const typed = await browser.request(`${up.url}/${path}`, { form });
          const page = await browser.follow(typed, (url) => url.startsWith(APP));
          expect(strict.promptOf(page), `${path} under ${proof}`).not.to.equal('consent');
          expect(page.next ?? '', `${path} under ${proof}`).not.to.include('code=');
        }
        expect(await strict.store.get(keys.bypass(account.sub))).not.to.equal(undefined);
      } finally {
        await strict.close();
      }
    }
  });

  it('are nowhere unless they are configured, and a key that cannot be read stops the start', async () => {
    const plain = await createWorld();
    try {
      const browser = new TestBrowser();
      const { page } = await plain.walk(browser, plain.authorize(), { until: 'push' });
      expect(page.text).not.to.include('offline-code');
      const posted = await browser.request(`${page.url}/offline-code`, { form: { code: '123456' } });
      expect(posted.next).to.equal(page.url);
      const owner = new TestBrowser();
      await openAccount(plain, owner);
      expect((await owner.open(`${plain.issuer}/account/offline-code`)).status).to.equal(404);
    } finally {
      await plain.close();
    }
    const failed = await start({ factors: { offlineCode: { keyFile: join(folder, 'none') } } }).then(
      async (other) => other.close(),
      (error: Error) => error.message,
    );
    expect(failed).to.match(/factors\.offlineCode\.keyFile .*none.*: cannot be read/);
  });
});
