import { expect } from 'chai';
import { ACR } from '../../src/session/ladder.ts';
import { keys } from '../../src/store/keys.ts';
import { bare, bareHeaders, timeless } from '../support/bare-page.ts';
import { later, resetClock } from '../support/clock.ts';
import { askOptions, givePasskey, passkeyPage, usePasskey } from '../support/passkey-steps.ts';
import { SoftwareAuthenticator } from '../support/software-authenticator.ts';
import { enrolDevice, type SoftwareDevice } from '../support/software-device.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { CLIENTS, createWorld, type PersonName, type World } from '../support/walk-world.ts';

const app = (clientId: string, more: Record<string, unknown>) => ({ ...CLIENTS[0], clientId, ...more });

const CONFIG = {
  challenge: { knownBrowserDigits: 2 },
  policy: {
    rules: [
      {
        name: 'no-go',
        when: { clients: ['refused'] },
        proof: 'refuse',
        sentence: 'Ask the desk on floor 2.',
      },
      { name: 'careful', when: { clients: ['careful'] }, proof: 'push-verified' },
      { name: 'keys', when: { clients: ['keys'] }, proof: 'passkey' },
      { name: 'rising', when: { any: ['recent-failures'], clients: ['rising'] }, proof: 'passkey' },
      { name: 'failing', when: { any: ['recent-failures'] }, proof: 'push' },
      { name: 'known', when: { known: true }, proof: 'push-short' },
    ],
  },
};
const MORE = [
  app('refused', {}),
  app('careful', {}),
  app('careful-lax', { floor: 'pwd' }),
  app('keys', {}),
  app('firm', { proof: 'push' }),
  app('verified', { proof: 'push-verified', firstParty: true }),
  app('rising', {}),
  app('sso', { firstParty: true }),
];

describe('walk: what policy asks for', () => {
  let world: World;
  let phone: SoftwareDevice;
  let authenticator: SoftwareAuthenticator;
  before(async () => {
    world = await createWorld({ config: CONFIG, clients: MORE });
    const { account } = world.person('carol');
    phone = await enrolDevice(world.server.services, world.issuer, account, { name: 'Carol’s phone' });
    authenticator = new SoftwareAuthenticator(new URL(world.issuer).origin);
    await phone.client.registerApprovalCredential(async (options) => authenticator.create(options));
  });
  beforeEach(() => world.forgetOpen());
  afterEach(resetClock);
  after(() => world.close());

  const ask = (
    browser: TestBrowser,
    client: string,
    name: PersonName = 'alice',
    more: Record<string, string> = {},
  ) => world.walk(browser, world.authorize(more, client), { until: 'push', name });

  async function lastEvent(type: string, name: PersonName = 'alice') {
    const page = await world.server.services.audit.read(
      { account: world.person(name).account.sub },
      { limit: 1000 },
    );
    return page.events.map(({ event }) => event).findLast((event) => event.type === type) as never as Record<
      string,
      unknown
    >;
  }

  it('R2: a stranger’s browser gets six digits, a known one the short number, and six again while tries fail', async () => {
    const browser = new TestBrowser();
    const first = await ask(browser, 'app');
    expect(world.number(first.page)).to.have.length(6);
    await world.walk(browser, first.page);
    const second = await ask(browser, 'app', 'alice', { prompt: 'login' });
    expect(world.number(second.page)).to.have.length(2);
    await world.post(browser, second.page, 'cancel');

    const login = await world.open(browser, world.authorize({ prompt: 'login' }).url);
    let page = login;
    for (let n = 0; n < 3; n++)
      page = await browser.submit(page, 'login-form', { username: 'alice', password: 'not this one' });
    const third = await world.walk(browser, page, { until: 'push' });
    expect(world.number(third.page)).to.have.length(6);
    expect(await lastEvent('risk.assessed')).to.deep.include({
      rule: 'failing',
      needs: 'push',
      signals: ['recent-failures'],
    });
    const { context } = await world.person('alice').device!.newest();
    expect(context.unusual).to.deep.equal(['3 tries failed just before.']);
  });

  it('a client’s own least proof is never lowered: no short number there', async () => {
    const browser = new TestBrowser();
    await world.signIn(browser);
    const { page } = await ask(browser, 'firm', 'alice', { prompt: 'login' });
    expect(world.number(page)).to.have.length(6);
    expect(await lastEvent('risk.assessed')).to.deep.include({
      rule: 'known',
      needs: 'push',
      raisedBy: 'client',
    });
  });

  it('refused: a page that says what to do, no challenge, no session, and access_denied when the person gives up', async () => {
    const browser = new TestBrowser();
    const login = await world.open(browser, world.authorize({}, 'refused').url);
    const page = await world.password(browser, login, 'alice');
    expect(page.status).to.equal(403);
    expect(page.text).to.contain('Not from here').and.to.contain('Ask the desk on floor 2.');
    expect(await world.person('alice').device!.waiting()).to.have.length(0);
    // Nothing was kept: the interaction stands at the password still.
    expect(world.promptOf(await browser.open(login.url))).to.equal('login');
    const form = page.forms.find(({ action }) => action.endsWith('/cancel'))!;
    const left = await browser.follow(await browser.request(form.action, { form: form.fields }), (url) =>
      url.startsWith('https://app.example'),
    );
    expect(new URL(left.next!).searchParams.get('error')).to.equal('access_denied');
  });

  it('R42: refused is one page for everybody with the right password', async () => {
    const seen: string[] = [];
    for (const name of ['alice', 'bob', 'carol'] as const) {
      const browser = new TestBrowser();
      const login = await world.open(browser, world.authorize({}, 'refused').url);
      const page = await world.password(browser, login, name);
      seen.push(`${bare(page)}\n${JSON.stringify(bareHeaders(page))}`);
    }
    expect(new Set(seen).size).to.equal(1);
  });

  it('R59 R42: push-verified asks only devices that verify a person; a stranger cannot tell whether there is one', async () => {
    const pages = [];
    for (const name of ['alice', 'carol'] as const) {
      const { page } = await ask(new TestBrowser(), 'careful', name);
      expect(page.text).to.contain('fingerprint, face or PIN');
      pages.push(timeless(page));
    }
    expect(pages[0]).to.equal(pages[1]);
    expect(await world.person('alice').device!.waiting()).to.have.length(0);
    const challenge = await phone.newest();
    expect(challenge).to.include({ user_verification: 'required' });
    expect(await lastEvent('challenge.created', 'carol')).to.include({ proves: 'push-verified', devices: 1 });
  });

  it('R60: an approval of such a request without an assertion is refused at the wire, also by a device that never had one', async () => {
    const browser = new TestBrowser();
    const { page } = await ask(browser, 'careful', 'carol');
    const challenge = await phone.newest();
    const number = { number: world.number(page) };
    const refused = await phone.client.answer(challenge, 'approve', number).catch((error) => error.code);
    expect(refused).to.equal('assertion_required');
    // A device without a credential that got on the list all the same (an older server’s write): its word is not enough.
    const plain = await enrolDevice(world.server.services, world.issuer, world.person('carol').account);
    const { store } = world;
    const chain = challenge.id.split('.')[1]!;
    const found = (await store.get<{ devices: object[] }>(keys.challenge(chain)))!.value!;
    const listed = { ...found, devices: [...found.devices, { id: plain.id, name: 'Plain', step: null }] };
    await store.put(keys.challenge(chain), listed, { if: 'any', ttlMs: 'keep' });
    expect(await plain.client.answer(challenge, 'approve', number).catch((error) => error.code)).to.equal(
      'assertion_required',
    );
    expect(world.promptOf(await world.post(browser, page, 'continue'))).to.equal('push');

    await phone.client.answer(challenge, 'approve', number, async (options) => authenticator.get(options));
    const walked = await world.walk(browser, await world.post(browser, page, 'continue'));
    expect(walked.code).to.be.a('string');
    await plain.client.remove();
  });

  it('an approval that asked for less than policy wants now is not taken for it', async () => {
    const browser = new TestBrowser();
    const request = world.authorize({}, 'careful');
    const { page } = await world.walk(browser, request, { until: 'push', name: 'carol' });
    const challenge = await phone.newest();
    const chain = challenge.id.split('.')[1]!;
    const found = (await world.store.get<object>(keys.challenge(chain)))!.value!;
    const less = {
      ...found,
      proof: 'push',
      state: 'approved',
      answer: { device: phone.id, at: Date.now(), userVerified: false },
    };
    await world.store.put(keys.challenge(chain), less, { if: 'any', ttlMs: 'keep' });
    const after = await world.post(browser, page, 'continue');
    expect(after.next).to.equal(undefined);
    expect(after.text).to.contain('A newer request took over');
  });

  it('R48: a request sent again, when policy wants a passkey by then, says so, and the phone shows it no more', async () => {
    const browser = new TestBrowser();
    const { page } = await ask(browser, 'rising', 'bob');
    const { device, account } = world.person('bob');
    const failed = keys.limit('wrong-number', account.sub);
    for (let n = 0; n < 3; n++) await world.store.count(failed, { windowMs: 3_600_000 });
    later(30);
    const asked = await world.post(browser, page, 'send');
    expect(asked.forms.some(({ id }) => id === 'passkey-form')).to.equal(true);
    expect(await device!.waiting(), 'what no answer could help is not asked').to.have.length(0);
    const after = await world.post(browser, page, 'continue');
    expect([world.promptOf(after), after.next]).to.deep.equal([undefined, undefined]);
    await world.store.delete(failed);
  });

  it('a client that wants a verified person sends a session without one to a device again, and is content with one that has it', async () => {
    const browser = new TestBrowser();
    await world.signIn(browser, {}, 'sso', { name: 'bob' });
    const again = await ask(browser, 'verified', 'bob');
    expect(again.prompts).to.equal('push');

    const carols = new TestBrowser();
    const request = world.authorize({}, 'verified');
    const { page } = await world.walk(carols, request, { until: 'push', name: 'carol' });
    await phone.client.answer(
      await phone.newest(),
      'approve',
      { number: world.number(page) },
      async (options) => authenticator.get(options),
    );
    expect((await world.walk(carols, await world.post(carols, page, 'continue'))).code).to.be.a('string');
    const sso = await world.walk(carols, world.authorize({}, 'verified'), { name: 'carol' });
    expect(sso.prompts).to.equal('-');
    expect(sso.code).to.be.a('string');
  });

  it('R47: a key that verifies nobody is no verified person, though a password was typed: not here, nor in its session', async () => {
    const key = await givePasskey(world, 'bob');
    const nobody = { userVerified: false };
    for (const client of ['careful', 'verified']) {
      await world.forgetOpen();
      const browser = new TestBrowser();
      const asked = await passkeyPage(browser, (await ask(browser, client, 'bob')).page);
      expect((await askOptions(browser, asked)).userVerification, client).to.equal('required');
      const refused = await usePasskey(browser, asked, key, nobody);
      expect(refused.status, client).to.equal(401);
      expect((await world.walk(browser, await usePasskey(browser, refused, key))).code, client).to.be.a(
        'string',
      );
    }
    const browser = new TestBrowser();
    await world.forgetOpen();
    const asked = await passkeyPage(browser, (await ask(browser, 'app', 'bob')).page);
    expect((await world.walk(browser, await usePasskey(browser, asked, key, nobody))).code).to.be.a('string');
    expect((await ask(browser, 'verified', 'bob')).prompts).to.equal('push');
  });

  it('a password is enough for an app that takes it alone, unless a rule wants more than the usual push', async () => {
    const browser = new TestBrowser();
    const { claims } = await world.signIn(browser, {}, 'lax');
    expect(claims['acr']).to.equal(ACR.pwd);
    const strict = await createWorld({
      config: { policy: { rules: [{ name: 'all', proof: 'push-verified' }] } },
    });
    try {
      const stranger = new TestBrowser();
      const walked = await strict.walk(stranger, strict.authorize({}, 'lax'), { until: 'push' });
      expect(walked.prompts).to.equal('login>push');
      expect(walked.page.text).to.contain('fingerprint, face or PIN');
    } finally {
      await strict.close();
    }
  });

  it('a profile is learnt by an approval alone, and says later that the account slept', async () => {
    const { sub } = world.person('bob').account;
    await world.store.delete(keys.riskProfile(sub));
    const browser = new TestBrowser();
    const { page } = await ask(browser, 'app', 'bob');
    expect(await world.store.get(keys.riskProfile(sub))).to.equal(undefined);
    await world.walk(browser, page, { name: 'bob' });
    const profile = (await world.store.get<object>(keys.riskProfile(sub)))!.value!;
    expect(profile).to.include({ v: 1 });
    expect(JSON.stringify(profile)).not.to.contain('127.0.0.1');
    later(100 * 86_400);
    await ask(new TestBrowser(), 'app', 'bob');
    expect((await world.person('bob').device!.newest()).context.unusual).to.deep.equal([
      'You have not signed in for 100 days.',
      'You have not signed in with this browser before.',
    ]);
  });
});
