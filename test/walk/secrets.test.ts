import { expect } from 'chai';
import { groupCode } from '../../src/protocol/crockford.ts';
import { giveBypass } from '../../src/recovery/bypass.ts';
import { giveCodes, openLostPhone, typeCode } from '../support/recovery-steps.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

describe('walk: what is written down', () => {
  let world: World;
  const lines: string[] = [];
  before(async () => {
    world = await createWorld({
      config: { session: { rememberBrowser: '14d' } },
      onLog: (line) => lines.push(line),
    });
  });
  after(() => world.close());

  it('R49 R3: no password, number, QR secret, code, token or cookie in any log line or event', async () => {
    const secrets = new Map<string, string>();
    const browser = new TestBrowser();
    const request = world.authorize({ scope: 'openid offline_access email', prompt: 'consent' });
    const wrong = 'a wrong password that nobody must see';
    const login = await world.open(browser, request.url);
    await browser.submit(login, 'login-form', { username: 'alice', password: wrong });
    const waiting = await world.password(browser, login, 'alice');
    secrets.set('wrong password', wrong);
    secrets.set('password', world.person('alice').password);
    secrets.set('number', world.number(waiting));
    await world.person('alice').device!.approve(world.number(waiting));
    const walked = await world.walk(
      browser,
      await world.post(browser, waiting, 'continue', { remember: 'yes' }),
    );
    secrets.set('code', walked.code!);
    secrets.set('verifier', request.verifier);
    const tokens = await world.redeem(request, walked.code!);
    for (const name of ['access_token', 'refresh_token', 'id_token'] as const)
      secrets.set(name, tokens[name]!);
    const next = await world.refresh(tokens.refresh_token!);
    secrets.set('second refresh token', next.refresh_token!);
    await world.redeem(request, walked.code!);
    await world.refresh(tokens.refresh_token!);
    for (const name of ['session', 'browser']) secrets.set(`${name} cookie`, browser.cookie(name)!);
    const remembered = browser.cookies.find(({ name }) => name.startsWith('remembered-'))!.value;
    const [series, , mac] = remembered.split('.');
    secrets.set('series of the remembered cookie', series!).set('its MAC', mac!);
    await world.signOut(browser);

    const [code] = await giveCodes(world);
    const bypass = await giveBypass(world.store, world.person('alice').account.sub, 60_000);
    secrets.set('recovery code', code!);
    secrets.set('recovery code as shown', groupCode(code!));
    secrets.set('code of an admin', bypass.code);
    const lost = new TestBrowser();
    const { page } = await world.walk(lost, world.authorize(), { until: 'push' });
    const form = await openLostPhone(lost, page);
    const mistyped = `${code!.slice(0, -1)}${code!.endsWith('0') ? '1' : '0'}`;
    secrets.set('mistyped recovery code', mistyped);
    expect((await typeCode(lost, form, mistyped)).status).to.equal(401);
    const enrol = await typeCode(lost, form, groupCode(code!));
    secrets.set('link of the new phone', enrol.url.split('/').at(-1)!);

    const { audit } = world.server.services;
    await audit.flush();
    const { events } = await audit.readAll({ limit: 1000 });
    expect(events.length).to.be.greaterThan(8);
    const written = `${lines.join('\n')}\n${JSON.stringify(events)}`;
    for (const [name, secret] of secrets) expect(written.includes(secret), name).to.equal(false);
  });

  it('writes the steps of a sign-in in order, each with its request id', async () => {
    const browser = new TestBrowser();
    await world.forgetOpen();
    const { audit } = world.server.services;
    const { account } = world.person('bob');
    await world.signIn(browser, {}, 'app', { name: 'bob' });
    await world.signOut(browser);
    await audit.flush();
    const { events } = await audit.read({ account: account.sub });
    expect(events.map(({ event }) => event.type).filter((type) => !type.startsWith('device.'))).to.deep.equal(
      [
        'password.accepted',
        'risk.assessed',
        'challenge.created',
        'challenge.approved',
        'challenge.consumed',
        'session.started',
        'consent.given',
        'token.issued',
        'session.ended',
      ],
    );
    for (const { event } of events)
      expect(event, event.type)
        .to.have.property('requestId')
        .that.matches(/^[0-9a-f]{16}$/);
  });
});
