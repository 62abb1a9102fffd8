import { expect } from 'chai';
import { decodeProtectedHeader } from 'jose';
import { ACR } from '../../src/session/ladder.ts';
import { later, resetClock } from '../support/clock.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld, type Tokens, type World } from '../support/walk-world.ts';

const DAY_S = 86_400;

describe('walk: signing keys change while people sign in', () => {
  let world: World;
  // A world a scenario: keys made while the clock was ahead would wait for it.
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(async () => {
    resetClock();
    await world.close();
  });

  const published = async (): Promise<string[]> => {
    const response = await fetch(`${world.issuer}/jwks`);
    const { keys } = (await response.json()) as { keys: { kid: string; alg: string }[] };
    return keys.filter(({ alg }) => alg === 'ES256').map(({ kid }) => kid);
  };
  const kidOf = (tokens: Tokens) => decodeProtectedHeader(tokens.id_token!).kid!;
  const rotate = () => world.server.server.rotateKeys();

  it('publishes a key a day before it signs, and keeps the old one for verifying', async () => {
    const [first, ...more] = await published();
    expect(more).to.have.length(0);
    const added = (await rotate()).find(({ alg }) => alg === 'ES256')!;
    expect(await published()).to.have.members([first, added.kid]);
    expect(added.signsFrom - Date.now()).to.be.closeTo(DAY_S * 1000, 10_000);
    const browser = new TestBrowser();
    const before = await world.signIn(browser);
    expect(kidOf(before.tokens)).to.equal(first);

    later(DAY_S + 1);
    await rotate();
    const after = await world.signIn(new TestBrowser());
    expect(kidOf(after.tokens)).to.equal(added.kid);
    expect(await published(), 'the old one verifies, the next one is announced').to.have.length(3);
    const hinted = await world.signIn(new TestBrowser(), { id_token_hint: before.tokens.id_token! });
    expect(hinted.claims.sub, 'a hint signed by the old key').to.equal(before.claims.sub);

    later(91 * DAY_S);
    await rotate();
    expect(await published()).not.to.include(first);
    const late = await world.walk(
      new TestBrowser(),
      world.authorize({ id_token_hint: before.tokens.id_token! }),
    );
    expect(late.page.status).to.be.lessThan(500);
    expect(late.code).to.equal(undefined);
  });

  it('asked to rotate twice, makes no second key while the first one waits', async () => {
    await rotate();
    const kids = await published();
    await rotate();
    expect(await published()).to.have.members(kids);
  });

  it('sessions, codes, hints and chains under way go on across a rotation', async () => {
    const browser = new TestBrowser();
    const earlier = await world.signIn(browser);
    const request = world.authorize();
    const { code } = await world.walk(browser, request);
    const fresh = world.authorize({ prompt: 'login' });
    const waiting = await world.walk(browser, fresh, { until: 'push' });
    await rotate();

    expect((await world.redeem(request, code!)).status, 'code').to.equal(200);
    expect((await world.signIn(browser)).prompts, 'session').to.equal('-');
    const hint = { id_token_hint: earlier.tokens.id_token!, prompt: 'none' };
    expect((await world.signIn(browser, hint)).code, 'hint').to.be.a('string');
    const finished = await world.walk(browser, waiting.page);
    const tokens = await world.redeem(fresh, finished.code!);
    expect(tokens.status, 'chain').to.equal(200);
    const { decodeJwt } = await import('jose');
    expect(decodeJwt(tokens.id_token!)['acr'], 'by the rules of the new instance').to.equal(ACR.push);
  });

  it('no sign-in fails while keys rotate under load', async () => {
    let stop = false;
    const people = ['alice', 'bob'] as const;
    const loops = people.map(async (name) => {
      let done = 0;
      const browser = new TestBrowser();
      while (!stop || done < 10) {
        const again = done % 3 === 0 ? { prompt: 'login' } : {};
        const { tokens, page } = await world.signIn(browser, again, 'app', { name });
        expect(tokens.status, `${name} ${done}: "${page.title}" ${page.status}`).to.equal(200);
        expect(await published()).to.include(kidOf(tokens));
        done++;
      }
      return done;
    });
    for (let n = 0; n < 6; n++) await rotate();
    stop = true;
    for (const done of await Promise.all(loops)) expect(done).to.be.at.least(10);
  });
});
