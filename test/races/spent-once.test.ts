import { expect } from 'chai';
import { createDpopKey } from '../support/dpop-proof.ts';
import { CALLERS, ENGINES, startTwoServers, type TwoServers, tally } from '../support/two-servers.ts';
import { codeOf, stopBeforeResume } from '../support/walk-steps.ts';
import type { AuthorizeRequest, Tokens, World } from '../support/walk-world.ts';

const OFFLINE = { scope: 'openid offline_access', prompt: 'consent' };

for (const engine of ENGINES) {
  describe(`races: what is spent once, two processes on one ${engine} store`, function () {
    this.timeout(60_000);
    let servers: TwoServers;
    let world: World;
    before(async () => {
      servers = await startTwoServers(engine);
      world = servers.world;
    });
    beforeEach(() => servers.forget());
    after(() => servers?.close());

    /** On whichever server: each is asked. */
    const expectDead = async (tokens: Tokens) => {
      for (let server = 0; server < 2; server++) {
        expect(await world.userinfo(tokens.access_token!), 'userinfo').to.equal(401);
        expect(await world.active(tokens.access_token!), 'introspection').to.equal(false);
        if (tokens.refresh_token)
          expect((await world.refresh(tokens.refresh_token)).error, 'refresh').to.equal('invalid_grant');
      }
    };

    const push = async (parameters: Record<string, string> = {}): Promise<AuthorizeRequest> => {
      const request = world.authorize(parameters, 'fapi');
      const body = Object.fromEntries(new URL(request.url).searchParams);
      const answer = await world.postForm('/par', body, 'fapi');
      const query = new URLSearchParams({ client_id: 'fapi', request_uri: String(answer['request_uri']) });
      return { ...request, url: `${world.issuer}/authorize?${query}` };
    };

    it('R34 R35 R58: fifty redemptions of one code: one wins, and the losers end its tokens', async () => {
      const request = world.authorize(OFFLINE);
      const { code } = await world.walk(servers.newBrowser(), request);
      const answers = await servers.fifty(() => world.redeem(request, code!));
      expect(tally(answers.map(({ error }) => error))).to.deep.equal({
        undefined: 1,
        invalid_grant: CALLERS - 1,
      });
      await expectDead(answers.find(({ status }) => status === 200)!);
    });

    it('R34 R58: fifty refreshes of one token: at most one wins, and the whole family is gone', async () => {
      const { tokens } = await world.signIn(servers.newBrowser(), OFFLINE);
      const answers = await servers.fifty(() => world.refresh(tokens.refresh_token!));
      const won = answers.filter(({ status }) => status === 200);
      expect(won.length).to.be.at.most(1);
      for (const answer of answers) if (!won.includes(answer)) expect(answer.error).to.equal('invalid_grant');
      for (const one of [...won, tokens]) await expectDead(one);
    });

    it('R34 R63: fifty resumes of one interaction: one code, and it redeems', async () => {
      const browser = servers.newBrowser();
      const request = world.authorize();
      const { page } = await world.walk(browser, request, { until: 'consent' });
      const resume = await stopBeforeResume(browser, page, 'consent');
      const answers = await servers.fifty(() => browser.clone().request(resume));
      const codes = answers.map(codeOf).filter((code) => code !== undefined);
      expect(codes).to.have.length(1);
      for (const { status } of answers) expect(status).to.be.lessThan(500);
      expect((await world.redeem(request, codes[0]!)).status).to.equal(200);
    });

    it('R34: one pushed request fifty times in a signed-in browser: one code', async () => {
      const browser = servers.newBrowser();
      await world.walk(browser, await push());
      const request = await push();
      const answers = await servers.fifty(() => browser.clone().request(request.url));
      expect(answers.filter((answer) => codeOf(answer) !== undefined)).to.have.length(1);
      for (const { status } of answers) expect(status).to.be.lessThan(500);
    });

    it('R34: one DPoP proof fifty times: one request is let in', async () => {
      const key = await createDpopKey();
      const request = await push({ dpop_jkt: key.jkt });
      const { code } = await world.walk(servers.newBrowser(), request);
      const dpop = await key.proof('POST', `${world.issuer}/token`);
      const tokens = await world.redeem(request, code!, {}, { dpop });
      expect(tokens.status, JSON.stringify(tokens)).to.equal(200);
      const url = `${world.issuer}/userinfo`;
      const proof = await key.proof('GET', url, tokens.access_token!);
      const statuses = await servers.fifty(async () => {
        const headers = { authorization: `DPoP ${tokens.access_token}`, dpop: proof };
        const answer = await world.fetch(url, { headers });
        await answer.arrayBuffer();
        return answer.status;
      });
      expect(statuses.filter((status) => status === 200)).to.have.length(1);
      for (const status of statuses) expect(status).to.be.oneOf([200, 400, 401]);
    });
  });
}
