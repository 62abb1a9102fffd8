import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { parseClient } from '../../src/clients/client.ts';
import { createHashPool } from '../../src/password/hash-pool.ts';
import { startTopology, type Topology } from '../support/compose-topology.ts';
import { enrolDevice } from '../support/software-device.ts';
import type { TestServer } from '../support/start-server.ts';
import { TestBrowser, type TestPage } from '../support/test-browser.ts';
import { FRONTS } from '../support/tls-front.ts';
import { CLIENTS, type Person, type PersonName, World } from '../support/walk-world.ts';

const HOST = 'countersign.example.org';
/** Where the browser's packets come from: nobody but the front can know it. */
const BROWSER_ADDRESS = '127.0.0.2';
const DEVICE_ADDRESS = '127.0.0.3';
const FORGED = {
  'x-forwarded-for': '203.0.113.9',
  'x-forwarded-proto': 'http',
  'x-forwarded-host': 'evil.example',
  forwarded: 'for=203.0.113.9;proto=http;host=evil.example',
};

interface Poll {
  readonly status: number;
  readonly v?: string;
  readonly state?: string;
}

for (const kind of FRONTS) {
  describe(`the deployment of docker-compose.yml behind ${kind}`, function () {
    this.timeout(90_000);
    let deployment: Topology;
    let world: World;

    before(async () => {
      deployment = await startTopology(kind, HOST);
      const { services, issuer, front } = deployment;
      const parsed = parseClient(CLIENTS[0]);
      if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
      await services.clients.add(parsed.client);
      const pool = createHashPool(services.config.password.argon2);
      const password = 'the long password of alice';
      const account = await services.accounts.create({ userName: 'alice' }, await pool.hash(password));
      await pool.close();
      const device = await enrolDevice(services, issuer, account, { fetch: front.fetchFrom(DEVICE_ADDRESS) });
      const people = new Map<PersonName, Person>([['alice', { account, password, device }]]);
      world = new World({ issuer, services } as TestServer, people);
      world.fetch = front.fetchFrom(BROWSER_ADDRESS);
    });
    beforeEach(() => world.forgetOpen());
    after(() => deployment?.stop());

    const browserAt = (headers: Record<string, string> = {}) => new TestBrowser(headers, world.fetch);

    /** Up to the page with the number. */
    async function upToNumber(browser: TestBrowser): Promise<TestPage> {
      const page = await world.open(browser, world.authorize().url);
      return world.password(browser, page, 'alice');
    }

    const attribute = (page: TestPage, name: string) =>
      new RegExp(`data-${name}="([^"]*)"`).exec(page.text)?.[1]?.replaceAll('&amp;', '&') ?? '';

    /** One question of the waiting page. */
    async function poll(browser: TestBrowser, page: TestPage, v = attribute(page, 'version')): Promise<Poll> {
      const url = new URL(attribute(page, 'poll'), page.url);
      url.searchParams.set('v', v);
      const answer = await browser.request(url.href, { headers: { accept: 'application/json' } });
      return { ...(answer.status === 200 ? JSON.parse(answer.text) : {}), status: answer.status };
    }

    it('says the https issuer and its addresses, whatever a client claims', async () => {
      for (const headers of [{}, FORGED]) {
        const answer = await world.fetch(`${world.issuer}/.well-known/openid-configuration`, { headers });
        const found = (await answer.json()) as Record<string, string>;
        expect(found['issuer']).to.equal(`https://${HOST}`);
        for (const [name, value] of Object.entries(found)) {
          if (name.endsWith('_endpoint') || name === 'jwks_uri') {
            expect(value.startsWith(`https://${HOST}/`), `${name}: ${value}`).to.equal(true);
          }
        }
      }
    });

    it('R41: gives cookies with __Host- or __Secure-, Secure, HttpOnly and SameSite=Lax, and HSTS', async () => {
      const browser = browserAt();
      const seen: string[] = [];
      const fetched = world.fetch;
      const watched = new TestBrowser({}, async (...args) => {
        const answer = await fetched(...args);
        seen.push(...answer.headers.getSetCookie());
        return answer;
      });
      const page = await upToNumber(watched);
      expect(page.headers.get('strict-transport-security')).to.match(/^max-age=\d{8}/);
      expect(seen.length).to.be.greaterThan(2);
      for (const cookie of seen) {
        expect(cookie)
          .to.match(/^__(Host|Secure)-/)
          .and.match(/; secure/i)
          .and.match(/; httponly/i);
        expect(cookie).to.match(/; samesite=lax/i);
        if (cookie.startsWith('__Host-'))
          expect(cookie)
            .to.match(/; path=\/(;|$)/i)
            .and.not.match(/; domain=/i);
      }
      expect((await world.open(browser, world.authorize().url)).status).to.equal(200);
    });

    it("R43: shows the device the browser's address as the front saw it, never one the browser claims", async () => {
      await upToNumber(browserAt(FORGED));
      const { context } = await world.person('alice').device!.newest();
      expect(context.address).to.equal(BROWSER_ADDRESS);
    });

    it('signs a person in, browser and device both through the front', async () => {
      const { tokens, claims, prompts } = await world.signIn(browserAt());
      expect(prompts).to.equal('login>push>consent');
      expect(tokens.status).to.equal(200);
      expect(claims.iss).to.equal(`https://${HOST}`);
      expect(claims['acr']).to.equal('urn:countersign:acr:push');
      expect(decodeJwt(tokens.id_token!)['amr']).to.include.members(['pwd', 'swk']);
    });

    it('holds a poll for more than 5 s and passes the answer on at once', async () => {
      const browser = browserAt();
      const page = await upToNumber(browser);
      const held = poll(browser, page);
      const early = await Promise.race([held.then(() => true), delay(5_200, false)]);
      expect(early, 'answered without news').to.equal(false);
      const approved = performance.now();
      await world.person('alice').device!.approve(world.number(page));
      const answer = await held;
      expect(performance.now() - approved).to.be.lessThan(3_000); // a buffered one comes after 25 s
      expect(answer).to.include({ status: 200, state: 'approved' });
    });

    it('F14: goes on after kill -9 of either server, on the one that is left', async () => {
      const browser = browserAt();
      const page = await upToNumber(browser);
      let version = attribute(page, 'version');
      let last: Poll = { status: 0 };
      /** As the waiting page: a question that fails is asked again. */
      const pollOn = async () => {
        for (const end = performance.now() + 30_000; performance.now() < end; await delay(250)) {
          last = await poll(browser, page, version).catch(() => ({ status: 0 }));
          version = last.v ?? version;
          if (last.status === 403 || (last.state !== undefined && last.state !== 'pending')) return;
        }
      };
      const status = async () =>
        (await world.fetch(`${world.issuer}/.well-known/openid-configuration`)).status;
      const polling = pollOn();
      // Whichever of the two holds the poll, it is killed once.
      const [first, second] = deployment.servers;
      await first!.kill();
      for (let i = 0; i < 4; i++) expect(await status()).to.equal(200);
      await first!.startAgain();
      await second!.kill();
      // The front finds the first one back within the time its file says.
      for (const end = performance.now() + 10_000; (await status()) !== 200; await delay(100)) {
        expect(performance.now()).to.be.lessThan(end);
      }
      await world.person('alice').device!.approve(world.number(page));
      await polling;
      expect(last).to.include({ status: 200, state: 'approved' });
      const done = await world.post(browser, page, 'continue');
      const landed = await world.walk(browser, done);
      expect(landed.code).to.be.a('string');
    });
  });
}
