import { expect } from 'chai';
import type { Challenge } from '../../src/approval/challenge.ts';
import { linkSecret } from '../../src/devices/enrolment-tickets.ts';
import type { Decision } from '../../src/protocol/answer.ts';
import { DeviceApiError } from '../../src/protocol/device-api-error.ts';
import { createDeviceClient } from '../../src/protocol/device-client.ts';
import type { ChallengeMessage } from '../../src/protocol/messages.ts';
import { buildProof } from '../../src/protocol/proof.ts';
import { approvalOptions } from '../../src/settings.ts';
import { keys } from '../../src/store/keys.ts';
import { nobleKey } from '../../src/terminal-device/noble-key.ts';
import type { TestBrowser, TestPage } from '../support/test-browser.ts';
import { CALLERS, ENGINES, startTwoServers, type TwoServers, tally } from '../support/two-servers.ts';
import { codeOf, stopBeforeResume } from '../support/walk-steps.ts';
import type { World } from '../support/walk-world.ts';

/** Fifty passwords at once are what this is about; the queue has tests of its own. */
const ROOMY_QUEUE = { memoryKiB: 7168, iterations: 5, parallelism: 1, threads: 1, queue: 200 };

const codeOfError = (error: unknown) => {
  if (error instanceof DeviceApiError) return error.code;
  throw error;
};

for (const engine of ENGINES) {
  describe(`races: answers of devices, two processes on one ${engine} store`, function () {
    this.timeout(60_000);
    let servers: TwoServers;
    let world: World;
    before(async () => {
      servers = await startTwoServers(engine, { config: { password: { argon2: ROOMY_QUEUE } } });
      world = servers.world;
    });
    beforeEach(() => servers.forget());
    after(() => servers?.close());

    const device = () => world.person('alice').device!;
    const chainOf = (page: TestPage) => /data-poll="[^"]*c=([\w-]+)/.exec(page.text)![1]!;
    const record = async (page: TestPage) =>
      (await world.store.get<Challenge>(keys.challenge(chainOf(page))))!.value!;
    const upToNumber = async (browser = servers.newBrowser()) => {
      const { page } = await world.walk(browser, world.authorize(), { until: 'push' });
      return { browser, page, challenge: await device().newest() };
    };
    const answer = (challenge: ChallengeMessage, decision: Decision, number?: string) =>
      device()
        .client.answer(challenge, decision, number === undefined ? undefined : { number })
        .then(({ state }) => state as string, codeOfError);
    const continues = (browser: TestBrowser, page: TestPage) => world.post(browser.clone(), page, 'continue');

    it('R5 F3: the same approval fifty times: one counts', async () => {
      const { browser, page, challenge } = await upToNumber();
      const number = world.number(page);
      const outcomes = await servers.fifty(() => answer(challenge, 'approve', number));
      expect(tally(outcomes)).to.deep.equal({ approved: 1, challenge_decided: CALLERS - 1 });
      const walked = await world.walk(browser, await world.post(browser, page, 'continue'));
      expect(walked.code).to.be.a('string');
      expect(await answer(challenge, 'approve', number), 'after the resume').to.equal('challenge_decided');
    });

    it('F1 F2: fifty approvals against one deny: the deny wins, whichever came first', async () => {
      const { browser, page, challenge } = await upToNumber();
      const number = world.number(page);
      const outcomes = await servers.fifty((n) =>
        n === CALLERS / 2 ? answer(challenge, 'deny') : answer(challenge, 'approve', number),
      );
      const counts = tally(outcomes);
      expect(counts['denied']).to.equal(1);
      expect(counts['approved'] ?? 0).to.be.at.most(1);
      expect((await record(page)).state).to.equal('denied');
      expect((await world.post(browser, page, 'continue')).status).to.equal(409);
      expect(await answer(challenge, 'approve', number), 'afterwards').to.equal('challenge_decided');
    });

    it('F1: a deny against fifty continues: either it was in time and nobody is in, or it is told that it was not', async () => {
      for (let round = 0; round < 4; round++) {
        await servers.forget();
        const { browser, page, challenge } = await upToNumber();
        await answer(challenge, 'approve', world.number(page));
        let denied = '';
        const answers = await servers.fifty(async (n) => {
          if (n !== 10 * round) return continues(browser, page);
          denied = await answer(challenge, 'deny');
          return undefined;
        });
        const { state } = await record(page);
        expect([denied, state].join(), `round ${round}`).to.be.oneOf([
          'denied,denied',
          'challenge_decided,consumed',
        ]);
        const went = answers.filter((one) => one !== undefined && world.promptOf(one) === 'consent');
        if (state === 'denied') expect(went).to.have.length(0);
        else expect(went.length).to.be.greaterThan(0);
      }
    });

    it('R34 R63: fifty continues and their resumes: one approval is one session, one code', async () => {
      const browser = servers.newBrowser();
      const request = world.authorize({}, 'mine'); // asks for no consent
      const { page } = await world.walk(browser, request, { until: 'push' });
      await device().approve(world.number(page));
      const resumes = await servers.fifty(() => stopBeforeResume(browser.clone(), page, 'continue'));
      expect(new Set(resumes).size).to.equal(1);
      const answers = await servers.fifty(() => browser.clone().request(resumes[0]!));
      expect(answers.map(codeOf).filter((code) => code !== undefined)).to.have.length(1);
    });

    it('R1 F6: fifty wrong numbers at once: three are evaluated, and then the right one is too late', async () => {
      const { page, challenge } = await upToNumber();
      const right = world.number(page);
      const { windowMs } = approvalOptions(world.server.services.config).wrongRule;
      const rule = { windowMs, by: 0 };
      const counter = keys.limit('wrong-number', world.person('alice').account.sub);
      const before = await world.store.count(counter, rule);
      const outcomes = await servers.fifty((n) =>
        answer(
          challenge,
          'approve',
          String((Number(right) + n + 1) % 10 ** right.length).padStart(right.length, '0'),
        ),
      );
      expect(tally(outcomes)).to.deep.equal({ wrong_number: 2, challenge_failed: CALLERS - 2 });
      expect(await record(page)).to.include({ state: 'failed', wrong: 3 });
      expect(
        (await world.store.count(counter, rule)).count - before.count,
        'counted for the account',
      ).to.equal(3);
      expect(await answer(challenge, 'approve', right)).to.equal('challenge_failed');
    });

    it('R1 F6: the right number among wrong ones at once: it counts only if it came before the third wrong one', async () => {
      const { browser, page, challenge } = await upToNumber();
      const right = world.number(page);
      const wrong = right === '000000' ? '000001' : '000000';
      const outcomes = await servers.fifty((n) => answer(challenge, 'approve', n === 25 ? right : wrong));
      const counts = tally(outcomes);
      const after = await record(page);
      expect(after.wrong).to.be.at.most(3);
      expect(after.state).to.equal(counts['approved'] === 1 ? 'approved' : 'failed');
      expect(counts['wrong_number'] ?? 0).to.be.at.most(2);
      if (after.state === 'failed')
        expect((await world.post(browser, page, 'continue')).status).to.equal(409);
    });

    it('R34: one proof of a device fifty times: one request is answered', async () => {
      const { services, issuer } = world.server;
      const { account } = world.person('bob');
      const key = nobleKey('EdDSA');
      let nonce: string | undefined;
      const through: typeof fetch = async (...args) => {
        const response = await servers.balancer.inTurn(...args);
        nonce = response.headers.get('dpop-nonce') ?? nonce;
        return response;
      };
      const client = createDeviceClient({ issuer, fetch: through, key });
      const enrolment = await services.enrolments.open({
        account: account.sub,
        userName: account.userName,
        approval: 'none',
      });
      const { device: enrolled } = await client.enrol({
        ticket: { secret: linkSecret(enrolment) },
        name: 'Replayed phone',
        kind: 'terminal',
      });
      const claimed = await services.enrolments.find(account.sub, enrolment.id);
      await services.enrolments.confirm(account.sub, enrolment.id, claimed!.device!.thumbprint);
      await client.pending();
      const url = `${issuer}/device/v1/device`;
      const iat = Math.floor(Date.now() / 1000);
      const proof = await buildProof({ kid: enrolled.id, method: 'GET', url, nonce, iat }, key);
      const outcomes = await servers.fifty(async () => {
        const answered = await servers.balancer.inTurn(url, { headers: { dpop: proof } });
        const { error } = (await answered.json()) as { error?: string };
        return error ?? String(answered.status);
      });
      expect(tally(outcomes)).to.deep.equal({ 200: 1, proof_replayed: CALLERS - 1 });
    });

    it('R12 F7: fifty strange browsers and known ones at once: two and one are listed, never more', async () => {
      const known = servers.newBrowser();
      await world.signIn(known);
      await servers.forget();
      const browsers = Array.from({ length: CALLERS }, (_, n) =>
        n % 10 === 5 ? known.clone() : servers.newBrowser(),
      );
      const logins: TestPage[] = [];
      for (const browser of browsers)
        logins.push(await world.open(browser, world.authorize({ prompt: 'login' }).url));
      const pages = await servers.fifty((n) => world.password(browsers[n]!, logins[n]!, 'alice'));
      for (const page of pages) expect(page.text).to.match(/data-number=|took over/);
      const waiting = await device().waiting();
      expect(waiting).to.have.length(3);
      const open = await world.store.get<{ open: { known: boolean }[] }>(
        keys.openChallenges(world.person('alice').account.sub),
      );
      expect(tally(open!.value!.open.map(({ known: one }) => String(one)))).to.deep.equal({
        false: 2,
        true: 1,
      });
    });
  });
}
