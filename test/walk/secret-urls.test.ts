import { expect } from 'chai';
import { createInvitations } from '../../src/accounts/invitations.ts';
import type { Challenge } from '../../src/approval/challenge.ts';
import { createDeviceClient } from '../../src/protocol/device-client.ts';
import { parseEnrolmentLink } from '../../src/protocol/enrolment-link.ts';
import { keys } from '../../src/store/keys.ts';
import { nobleKey } from '../../src/terminal-device/noble-key.ts';
import { enrolDevice } from '../support/software-device.ts';
import { TestBrowser, type TestPage } from '../support/test-browser.ts';
import { createUrlRecorder, type SeenUrl } from '../support/url-recorder.ts';
import { enterUserCode, pollDevice, startDevice } from '../support/walk-steps.ts';
import { APP, createWorld, type World } from '../support/walk-world.ts';

const CLIENT_SECRET = 'a-secret-that-is-long-enough-for-a-test-client';

/** What may stand in a URL, and where: nothing else. */
type Allowed = (seen: SeenUrl) => boolean;
const nowhere: Allowed = () => false;
/** RFC 6749 section 4.1.2: the app's own address, from us and by the browser. */
const atTheApp: Allowed = ({ url }) => {
  const at = url.indexOf(`${APP}/cb?`);
  return at === 0 || /^0;\s*url=$/.test(url.slice(0, at));
};
/** The QR's link, in the page that shows it: behind the #, which no browser sends. */
const behindTheHash: (secret: string) => Allowed = (secret) => (seen) =>
  seen.where === 'link' && !seen.url.split('#')[0]!.includes(secret);
/** An invitation is its link. */
const inItsOwnPath: (secret: string) => Allowed = (secret) => (seen) =>
  new RegExp(`^(https?://localhost:\\d+)?/invitation/${secret}(/|$)`).test(
    seen.url.replace(/^0;\s*url=/, ''),
  );

describe('walk: what stands in URLs', () => {
  const lines: string[] = [];
  const recorder = createUrlRecorder();
  const secrets = new Map<string, { secret: string; allowed: Allowed }>();
  const plant = (name: string, secret: string | undefined, allowed = nowhere) => {
    expect(secret?.length, name).to.be.greaterThan(5);
    secrets.set(name, { secret: secret!, allowed });
  };
  let world: World;

  before(async () => {
    world = await createWorld({ onLog: (line) => lines.push(line) });
    world.fetch = recorder.through;
    const alice = world.person('alice');
    const device = await enrolDevice(world.server.services, world.issuer, alice.account, {
      fetch: recorder.through,
    });
    world.people.set('alice', { ...alice, device });
  });
  after(() => world.close());

  const newBrowser = () => new TestBrowser({}, recorder.through);
  /** Of an interaction the id is its page's address; what opens it is the browser cookie, and its signature. */
  const ADDRESSES = ['interaction', 'resume'];
  const plantCookies = (browser: TestBrowser, of: string) => {
    for (const { name, value } of browser.cookies)
      if (value.length > 5 && !ADDRESSES.includes(name))
        plant(`cookie ${name} of ${of}, ${value.slice(0, 4)}`, value);
  };
  const plantChallenge = async (page: TestPage) => {
    const chain = /data-poll="[^"]*c=([\w-]+)/.exec(page.text)![1]!;
    const found = await world.store.get<Challenge>(keys.challenge(chain));
    const { number, qr, nonce } = found!.value!;
    plant(`number ${secrets.size}`, number);
    plant(`QR secret ${secrets.size}`, qr);
    plant(`nonce ${secrets.size}`, nonce);
  };
  const poll = async (browser: TestBrowser, page: TestPage) => {
    const read = (name: string) =>
      new RegExp(`data-${name}="([^"]*)"`).exec(page.text)![1]!.replaceAll('&amp;', '&');
    await browser.request(`${world.issuer}${read('poll')}&v=of-before`);
  };

  const signIn = async () => {
    const browser = newBrowser();
    const request = world.authorize({ scope: 'openid offline_access email', prompt: 'consent' });
    const wrong = 'a wrong password that nobody must see';
    const login = await world.open(browser, request.url);
    await browser.submit(login, 'login-form', { username: 'alice', password: wrong });
    const waiting = await world.password(browser, login, 'alice');
    await plantChallenge(waiting);
    await poll(browser, waiting);
    plantCookies(browser, 'a half sign-in');
    plant('wrong password', wrong);
    plant('password', world.person('alice').password);
    const walked = await world.walk(browser, waiting);
    plant('code', walked.code, atTheApp);
    plant('verifier', request.verifier);
    plant('client secret', CLIENT_SECRET);
    const tokens = await world.redeem(request, walked.code!);
    for (const name of ['access_token', 'refresh_token', 'id_token'] as const) plant(name, tokens[name]);
    const next = await world.refresh(tokens.refresh_token!);
    plant('second refresh token', next.refresh_token);
    await world.userinfo(tokens.access_token!);
    await world.active(tokens.access_token!);
    plantCookies(browser, 'a sign-in');
    return browser;
  };

  const deny = async () => {
    const browser = newBrowser();
    const { page } = await world.walk(browser, world.authorize(), { until: 'push' });
    await plantChallenge(page);
    await world.person('alice').device!.deny();
    await world.post(browser, page, 'continue');
    await world.post(browser, page, 'cancel');
  };

  const deviceCode = async (browser: TestBrowser) => {
    const code = await startDevice(world);
    plant('device code', code.device_code);
    const page = await enterUserCode(world, browser, code.user_code);
    await world.walk(browser, page);
    const tokens = await pollDevice(world, code);
    plant('access token of a device', tokens.access_token);
    plant('refresh token of a device', tokens.refresh_token);
  };

  const invitation = async () => {
    const { services, issuer } = world.server;
    const account = await services.accounts.create({ userName: 'dora' });
    const invited = await createInvitations(services).create(account, { by: 'cli' });
    const link = `${issuer}/invitation/${invited.secret}`;
    const browser = newBrowser();
    const password = 'seven brown otters dance';
    const answer = await browser.submit(await browser.open(link), 'invite-form', {
      password,
      password_again: password,
    });
    const page = await browser.follow(answer);
    const href = /id="enrol-link" href="([^"]+)"/.exec(page.text)![1]!.replaceAll('&amp;', '&');
    const { secret } = parseEnrolmentLink(href)!;
    const key = nobleKey('EdDSA');
    const client = createDeviceClient({ issuer, fetch: recorder.through, key });
    await client.enrol({ ticket: { secret }, name: 'Dora’s phone', kind: 'terminal' });
    await browser.submit(await browser.open(link), 'confirm-form');
    await client.pending();
    plant('invitation', invited.secret, inItsOwnPath(invited.secret));
    plant('first password', password);
    plant('enrolment secret', secret, behindTheHash(secret));
    plant('typed code', /id="enrol-code">([^<]+)</.exec(page.text)![1]);
    plant('private key of a device', key.secret);
    plantCookies(browser, 'an invitation');
  };

  it('R3 R49: no secret of sign-ins, devices, tokens, invitations in a request line, redirect or link, but where the standards put it', async () => {
    const browser = await signIn();
    await deny();
    await world.forgetOpen();
    await deviceCode(browser);
    await invitation();
    await world.signOut(browser);

    const kinds = new Set(recorder.seen.map(({ where }) => where));
    expect([...kinds].sort()).to.deep.equal(['link', 'location', 'request']);
    expect(recorder.seen.length).to.be.greaterThan(200);
    expect(secrets.size).to.be.greaterThan(25);
    for (const [name, { secret, allowed }] of secrets) {
      for (const seen of recorder.seen) {
        const found = seen.url.includes(secret) || decodes(seen.url).includes(secret);
        if (found && !allowed(seen)) expect.fail(`${name} stands in a ${seen.where}: ${seen.url}`);
      }
    }
    const codes = recorder.seen.filter(({ url }) => url.includes(secrets.get('code')!.secret));
    expect(
      codes.map(({ where }) => where),
      'the code was seen',
    ).not.to.deep.equal([]);
  });

  it('R49: nor does any of them stand in a log line or event', async () => {
    const { audit } = world.server.services;
    await audit.flush();
    const { events } = await audit.readAll({ limit: 1000 });
    const written = `${lines.join('\n')}\n${JSON.stringify(events)}`;
    expect(events.length).to.be.greaterThan(20);
    for (const [name, { secret }] of secrets) expect(written.includes(secret), name).to.equal(false);
  });

  it('R49: no page lets a browser tell another site where it came from', () => {
    expect(recorder.leakyPages).to.deep.equal([]);
  });
});

function decodes(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}
