import { expect } from 'chai';
import { ACR } from '../../src/session/ladder.ts';
import { later, resetClock } from '../support/clock.ts';
import { createSlowStore } from '../support/slow-store.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld, type Tokens, type World } from '../support/walk-world.ts';

const OFFLINE = { scope: 'openid offline_access', prompt: 'consent' };
const DAY_S = 86_400;

describe('walk: codes and tokens', () => {
  const slowStore = createSlowStore();
  let world: World;
  before(async () => {
    world = await createWorld({ wrapStore: slowStore.wrap });
  });
  beforeEach(() => world.forgetOpen());
  afterEach(() => {
    slowStore.slow = 0;
    resetClock();
  });
  after(() => world.close());

  const tenAtOnce = async (ask: () => Promise<Tokens>) => {
    slowStore.slow = 10;
    const answers = await Promise.all(Array.from({ length: 10 }, ask));
    slowStore.slow = 0;
    return answers;
  };

  const expectDead = async (tokens: Tokens, clientId = 'app') => {
    expect(await world.userinfo(tokens.access_token!), 'userinfo').to.equal(401);
    expect(await world.active(tokens.access_token!, clientId), 'introspection').to.equal(false);
    if (!tokens.refresh_token) return;
    expect((await world.refresh(tokens.refresh_token, clientId)).error, 'refresh').to.equal('invalid_grant');
  };

  it('R34 R35: a code works once, and using it again ends what it gave', async () => {
    const browser = new TestBrowser();
    const first = await world.signIn(browser);
    expect((await world.redeem(first.request, first.code!)).error).to.equal('invalid_grant');
    await expectDead(first.tokens);
    expect((await world.signIn(browser)).tokens.status, 'the next one of this session').to.equal(200);
  });

  it('R34 R58: of ten redemptions at once one wins, and the losers end its tokens', async () => {
    const browser = new TestBrowser();
    const request = world.authorize();
    const { code } = await world.walk(browser, request);
    const answers = await tenAtOnce(() => world.redeem(request, code!));
    const won = answers.filter(({ status }) => status === 200);
    expect(won).to.have.length(1);
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([200, 400]));
    await expectDead(won[0]!);
  });

  it('R35: a code replayed after five minutes, past its own life, still ends the family', async () => {
    const browser = new TestBrowser();
    const first = await world.signIn(browser, {}, 'app2');
    later(300);
    expect((await world.redeem(first.request, first.code!)).error).to.equal('invalid_grant');
    await expectDead(first.tokens, 'app2');
    expect((await world.signIn(browser, {}, 'app2')).tokens.status).to.equal(200);
  });

  it('a code nobody redeemed is gone after 60 s', async () => {
    const request = world.authorize();
    const { code } = await world.walk(new TestBrowser(), request);
    later(61);
    expect((await world.redeem(request, code!)).error).to.equal('invalid_grant');
  });

  it('R34 R35: refresh tokens rotate, and the old one ends the family', async () => {
    const { tokens } = await world.signIn(new TestBrowser(), OFFLINE);
    const next = await world.refresh(tokens.refresh_token!);
    expect(next.status).to.equal(200);
    expect(next.refresh_token).to.be.a('string').that.does.not.equal(tokens.refresh_token);
    expect((await world.refresh(tokens.refresh_token!)).error).to.equal('invalid_grant');
    await expectDead(next);
  });

  it('R34 R58: of ten refreshes at once at most one wins, and its tokens are dead', async () => {
    const { tokens } = await world.signIn(new TestBrowser(), OFFLINE);
    const answers = await tenAtOnce(() => world.refresh(tokens.refresh_token!));
    const won = answers.filter(({ status }) => status === 200);
    expect(won.length).to.be.at.most(1);
    for (const answer of answers) expect(answer.status).to.be.oneOf([200, 400]);
    for (const one of won) await expectDead(one);
    await expectDead(tokens);
  });

  it('a family lives 30 days when used every fortnight, and not a day longer', async () => {
    const { tokens } = await world.signIn(new TestBrowser(), OFFLINE);
    let last = tokens;
    for (const days of [13, 5, 11]) {
      later(days * DAY_S);
      last = await world.refresh(last.refresh_token!);
      expect(last.status, `after ${days} more days`).to.equal(200);
    }
    later(2 * DAY_S);
    expect((await world.refresh(last.refresh_token!)).error, 'day 31').to.equal('invalid_grant');
  });

  it('a refresh token nobody used for a fortnight has expired', async () => {
    const { tokens } = await world.signIn(new TestBrowser(), OFFLINE);
    later(15 * DAY_S);
    expect((await world.refresh(tokens.refresh_token!)).error).to.equal('invalid_grant');
  });

  it('with-session: refreshes as long as the session lives, also past an hour without the browser', async () => {
    const browser = new TestBrowser();
    const { tokens } = await world.signIn(browser, {}, 'sess');
    later(1800);
    const first = await world.refresh(tokens.refresh_token!, 'sess');
    expect(first.status).to.equal(200);
    later(1900);
    const second = await world.refresh(first.refresh_token!, 'sess');
    expect(second.status, '62 min after the sign-in').to.equal(200);
    await world.signOut(browser);
    expect((await world.refresh(second.refresh_token!, 'sess')).error).to.equal('invalid_grant');
  });

  it('with-session: ends 12 h after the browser was last seen', async () => {
    const { tokens } = await world.signIn(new TestBrowser(), {}, 'sess');
    later(12 * 3600 + 60);
    expect((await world.refresh(tokens.refresh_token!, 'sess')).error).to.equal('invalid_grant');
  });

  it('R57: consent given twice in one session is one grant, and sign-out ends all of it', async () => {
    const browser = new TestBrowser();
    const first = await world.signIn(browser, {}, 'sess');
    const second = await world.signIn(browser, { scope: 'openid email' }, 'sess');
    expect(await world.userinfo(first.tokens.access_token!)).to.equal(200);
    await world.signOut(browser);
    await expectDead(first.tokens, 'sess');
    await expectDead(second.tokens, 'sess');
  });

  it('a second offline grant leaves the first one’s refresh token working', async () => {
    const browser = new TestBrowser();
    const first = await world.signIn(browser, OFFLINE);
    await world.signIn(browser, OFFLINE);
    expect((await world.refresh(first.tokens.refresh_token!)).status).to.equal(200);
  });

  it('R35: a replay ends the grant of its own session, not of another browser', async () => {
    const [here, there] = [new TestBrowser(), new TestBrowser()];
    await world.signIn(here, OFFLINE);
    const other = await world.signIn(there);
    const replayed = await world.signIn(here);
    await world.redeem(replayed.request, replayed.code!);
    expect(await world.userinfo(replayed.tokens.access_token!)).to.equal(401);
    expect(await world.userinfo(other.tokens.access_token!)).to.equal(200);
    expect((await world.signIn(here)).tokens.status, 'the next one of this session').to.equal(200);
  });

  it('R47 R48: introspection says acr and auth_time, after a refresh too', async () => {
    const { tokens, claims } = await world.signIn(new TestBrowser(), OFFLINE);
    const told = async (token: string) => world.postForm('/introspect', { token });
    expect(await told(tokens.access_token!)).to.include({ acr: ACR.push, auth_time: claims['auth_time'] });
    const next = await world.refresh(tokens.refresh_token!);
    expect(await told(next.access_token!)).to.include({ acr: ACR.push, auth_time: claims['auth_time'] });
  });

  it('R52: a token of one kind is nothing as another kind', async () => {
    const { tokens, code, request } = await world.signIn(new TestBrowser(), OFFLINE);
    expect((await world.refresh(tokens.access_token!)).error).to.equal('invalid_grant');
    expect((await world.refresh(code!)).error).to.equal('invalid_grant');
    expect((await world.redeem(request, tokens.refresh_token!)).error).to.equal('invalid_grant');
    expect(await world.userinfo(tokens.refresh_token!)).to.equal(401);
  });
});
