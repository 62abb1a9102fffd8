import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { ACR } from '../../src/session/ladder.ts';
import { later, resetClock } from '../support/clock.ts';
import { createDpopKey, type DpopKey } from '../support/dpop-proof.ts';
import { createSlowStore } from '../support/slow-store.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { codeOf } from '../support/walk-steps.ts';
import { type AuthorizeRequest, createWorld, RESOURCE, type World } from '../support/walk-world.ts';

describe('walk: pushed requests, DPoP and resources', () => {
  const slowStore = createSlowStore();
  let world: World;
  let key: DpopKey;
  before(async () => {
    world = await createWorld({ wrapStore: slowStore.wrap });
    key = await createDpopKey();
  });
  beforeEach(() => world.forgetOpen());
  afterEach(() => {
    slowStore.slow = 0;
    resetClock();
  });
  after(() => world.close());

  /** Pushes a request (RFC 9126); what comes back is the URL an app sends the browser to. */
  const push = async (parameters: Record<string, string> = {}): Promise<AuthorizeRequest> => {
    const request = world.authorize({ scope: 'openid read', resource: RESOURCE, ...parameters }, 'fapi');
    const body = Object.fromEntries(new URL(request.url).searchParams);
    const answer = await world.postForm('/par', body, 'fapi');
    expect(answer.status, JSON.stringify(answer)).to.equal(201);
    expect(answer['expires_in']).to.equal(60);
    const query = new URLSearchParams({ client_id: 'fapi', request_uri: String(answer['request_uri']) });
    return { ...request, url: `${world.issuer}/authorize?${query}` };
  };
  const proof = (by = key) => by.proof('POST', `${world.issuer}/token`);
  const redeem = async (request: AuthorizeRequest, code: string, dpop?: string) =>
    world.redeem(request, code, {}, dpop === undefined ? {} : { dpop });

  it('R34: a pushed request leads to DPoP-bound tokens for one resource, and works once', async () => {
    const browser = new TestBrowser();
    const request = await push({ dpop_jkt: key.jkt });
    const { code, prompts } = await world.walk(browser, request);
    expect(prompts).to.equal('login>push>consent');
    const tokens = await redeem(request, code!, await proof());
    expect(tokens).to.include({ status: 200, token_type: 'DPoP' });
    const claims = decodeJwt(tokens.access_token!);
    expect(claims).to.include({ aud: RESOURCE, scope: 'read', acr: ACR.push, client_id: 'fapi' });
    expect(claims['cnf']).to.deep.equal({ jkt: key.jkt });
    expect(claims.exp! - claims.iat!, 'JWTs cannot be called back: five minutes').to.equal(300);

    const again = await world.walk(browser, request);
    expect(again.code).to.equal(undefined);
    expect(again.page.text + again.error).to.include('invalid_request_uri');
    expect((await world.walk(browser, await push())).code, 'the next one').to.be.a('string');
  });

  it('takes no request of such an app that was not pushed', async () => {
    const request = world.authorize({ scope: 'openid read', resource: RESOURCE }, 'fapi');
    const walked = await world.walk(new TestBrowser(), request);
    expect(walked.prompts).to.equal('-');
    expect(walked.code).to.equal(undefined);
  });

  it('R34: one pushed request in two browsers, finished after its 60 s: one code', async () => {
    const request = await push();
    const [first, second] = [new TestBrowser(), new TestBrowser()];
    const waiting = await world.walk(first, request, { until: 'push' });
    const other = await world.walk(second, request, { name: 'bob', until: 'push' });
    later(90);
    const ends = [
      await world.walk(first, waiting.page),
      await world.walk(second, other.page, { name: 'bob' }),
    ];
    expect(ends.filter(({ code }) => code !== undefined)).to.have.length(1);
    for (const { page } of ends) expect(page.status).to.be.lessThan(500);
  });

  it('R34: one pushed request ten times at once in a signed-in browser: one code', async () => {
    const browser = new TestBrowser();
    await world.walk(browser, await push());
    const request = await push();
    slowStore.slow = 10;
    const answers = await Promise.all(Array.from({ length: 10 }, () => browser.clone().request(request.url)));
    slowStore.slow = 0;
    expect(answers.filter((answer) => codeOf(answer) !== undefined)).to.have.length(1);
    for (const { status } of answers) expect(status).to.be.lessThan(500);
  });

  it('refuses a pushed request after its 60 s', async () => {
    const request = await push();
    later(61);
    const walked = await world.walk(new TestBrowser(), request);
    expect(walked.page.text + walked.error).to.include('invalid_request_uri');
  });

  it('R34: one proof for two codes at once: who writes it second gets no tokens', async () => {
    const browser = new TestBrowser();
    const [first, second] = [await push(), await push()];
    const codes = [await world.walk(browser, first), await world.walk(browser, second)].map(
      ({ code }) => code!,
    );
    const dpop = await proof();
    const held = slowStore.hold('put', 'ReplayDetection/');
    const slower = redeem(first, codes[0]!, dpop);
    await held.reached;
    expect((await redeem(second, codes[1]!, dpop)).status).to.equal(200);
    held.release();
    expect((await slower).status).to.equal(400);
  });

  it('refuses a code without a proof, with another key than announced, and with a proof for another address', async () => {
    const browser = new TestBrowser();
    const other = await createDpopKey();
    const wrong: Record<string, (() => Promise<string>) | undefined> = {
      'no proof': undefined,
      'another key': () => proof(other),
      'another address': () => key.proof('POST', `${world.issuer}/introspect`),
      'another method': () => key.proof('GET', `${world.issuer}/token`),
    };
    for (const [what, make] of Object.entries(wrong)) {
      const request = await push({ dpop_jkt: key.jkt });
      const { code } = await world.walk(browser, request);
      const tokens = await redeem(request, code!, await make?.());
      expect(tokens.status, what).to.equal(400);
      expect(tokens.error, what).to.be.oneOf(['invalid_grant', 'invalid_dpop_proof', 'invalid_request']);
      expect(tokens.access_token, what).to.equal(undefined);
    }
  });

  it('refuses a DPoP-bound token as a bearer token at userinfo', async () => {
    const request = world.authorize({ scope: 'openid' }, 'fapi');
    const body = Object.fromEntries(new URL(request.url).searchParams);
    const { request_uri } = await world.postForm('/par', body, 'fapi');
    const query = new URLSearchParams({ client_id: 'fapi', request_uri: String(request_uri) });
    const { code } = await world.walk(new TestBrowser(), {
      ...request,
      url: `${world.issuer}/authorize?${query}`,
    });
    const tokens = await redeem(request, code!, await proof());
    expect(await world.userinfo(tokens.access_token!)).to.equal(401);
    const url = `${world.issuer}/userinfo`;
    const dpop = await key.proof('GET', url, tokens.access_token!);
    const response = await fetch(url, { headers: { authorization: `DPoP ${tokens.access_token}`, dpop } });
    expect(response.status).to.equal(200);
  });

  it('grants no scope of a resource that nobody declared', async () => {
    const request = world.authorize({ scope: 'openid read', resource: 'https://other.example' }, 'fapi');
    const answer = await world.postForm(
      '/par',
      Object.fromEntries(new URL(request.url).searchParams),
      'fapi',
    );
    expect(answer).to.include({ status: 400, error: 'invalid_target' });
  });
});
