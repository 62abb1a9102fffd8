import { expect } from 'chai';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';
const JOSE = 'application/jose';
const TEN_MB = 10 * 1024 * 1024;
const DEPTH = 10_000;
const WRITES = ['POST', 'PUT', 'PATCH', 'DELETE'];

const OUR_FORMS = /^\/(interaction|invitation)\//;
/** The calls that read a body of each kind; the others answer before they read one. */
const DEVICE_API = /^\/device\/v1\/(enrolments|device|challenges\/:id\/response)$/;
const NOT_DEVICE_API = /^(?!\/device\/v1\/)/;

interface Hostile {
  readonly type: string;
  readonly body: () => string;
  /** Routes it is sent to; without it all. */
  readonly at?: RegExp;
  /** What the pages' own forms answer. */
  readonly ours?: number;
  /** What a device's enrolment answers, which needs no proof before its body is read. */
  readonly enrolment?: number;
}

const polluting = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
const pollutingForm =
  '__proto__[polluted]=1&__proto__.polluted=1&constructor[prototype][polluted]=1&__proto__=x&constructor=x';
const doubled = 'decision=deny&decision=approve&username=a&username=b&grant_type=x&grant_type=y';

const hostile: Record<string, Hostile> = {
  '10 MB of JSON': { type: JSON_TYPE, body: () => `{"name":"${'x'.repeat(TEN_MB)}"}`, at: DEVICE_API },
  '10 MB of a form': { type: FORM, body: () => `a=${'x'.repeat(TEN_MB)}`, at: NOT_DEVICE_API, ours: 413 },
  '10 MB of one answer': { type: JOSE, body: () => 'x'.repeat(TEN_MB), at: DEVICE_API, enrolment: 413 },
  'a million fields': { type: FORM, body: () => 'a=1&'.repeat(1_000_000), at: NOT_DEVICE_API, ours: 413 },
  'JSON 10,000 deep': { type: JSON_TYPE, body: () => '['.repeat(DEPTH) + ']'.repeat(DEPTH), ours: 415 },
  'objects 10,000 deep': { type: JSON_TYPE, body: () => `${'{"a":'.repeat(DEPTH)}1${'}'.repeat(DEPTH)}` },
  'an answer of JSON 10,000 deep': {
    type: JOSE,
    body: () => `${Buffer.from('['.repeat(3000)).toString('base64url')}.e30.AA`,
    at: DEVICE_API,
    enrolment: 400,
  },
  'a form 10,000 deep': { type: FORM, body: () => `a${'[b]'.repeat(DEPTH)}=1`, ours: 413 },
  '__proto__ in JSON': { type: JSON_TYPE, body: () => polluting, ours: 415 },
  '__proto__ in a form': { type: FORM, body: () => pollutingForm },
  'doubled fields': { type: FORM, body: () => doubled, ours: 400 },
  'fields as lists': { type: FORM, body: () => 'number[]=1&number[]=2&password[$ne]=x', ours: 400 },
  'broken coding': { type: FORM, body: () => 'username=%ff%fe%&password=%00' },
  'JSON cut off': { type: JSON_TYPE, body: () => '{"name":', ours: 415 },
  'an answer cut off': { type: JOSE, body: () => 'e30.e30', enrolment: 400 },
  nothing: { type: JSON_TYPE, body: () => '' },
};

describe('attacks: bodies, at every route of the server', function () {
  this.timeout(60_000);
  const problems: string[] = [];
  let world: World;
  before(async () => {
    world = await createWorld({
      onLog: (line) => {
        if (/"level":("error"|"fatal"|[56]0)/.test(line)) problems.push(line);
      },
    });
  });
  after(() => world.close());

  /** The status, or nothing when the server would not hear it to its end. */
  const send = async (method: string, url: string, type: string, body: string, cookie: string) => {
    const headers = { 'content-type': type, cookie, origin: world.issuer, 'sec-fetch-site': 'same-origin' };
    try {
      const answer = await fetch(url, { method, headers, body, redirect: 'manual' });
      await answer.arrayBuffer();
      return { status: answer.status, location: answer.headers.get('location') ?? '' };
    } catch {
      return { status: undefined, location: '' };
    }
  };

  for (const [what, { type, body, at, ours, enrolment }] of Object.entries(hostile)) {
    it(`F8 F9: ${what}: refused, no error of ours, nothing polluted`, async () => {
      const browser = new TestBrowser();
      const { page } = await world.walk(browser, world.authorize(), { until: 'push', name: 'alice' });
      await world.forgetOpen();
      const uid = page.url.split('/').at(-1)!;
      const cookie = browser.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
      const text = body();
      const tried: string[] = [];
      for (const { methods, path } of world.server.server.routes) {
        if (at && !at.test(path)) continue;
        const url = world.issuer + path.replace(':uid', uid).replace(/[:*]\w+/g, 'x');
        for (const method of methods.filter((one) => WRITES.includes(one))) {
          const label = `${method} ${path}`;
          tried.push(label);
          const { status, location } = await send(method, url, type, text, cookie);
          expect(location, label).not.to.match(/[?&]code=/);
          if (status === undefined) continue;
          expect(status, label).to.be.lessThan(500);
          if (ours !== undefined && OUR_FORMS.test(path)) expect(status, label).to.equal(ours);
          if (enrolment !== undefined && label === 'POST /device/v1/enrolments')
            expect(status, label).to.equal(enrolment);
        }
      }
      expect(tried.length).to.be.greaterThan(5);
      if (ours !== undefined) expect(tried).to.include('POST /interaction/:uid/continue');
      if (enrolment !== undefined) expect(tried).to.include('POST /device/v1/enrolments');
      expect(({} as { polluted?: unknown }).polluted).to.equal(undefined);
      expect(problems).to.deep.equal([]);
      expect((await fetch(`${world.issuer}/readyz`)).status).to.equal(200);
      expect(world.promptOf(await browser.request(page.url)), 'the sign-in goes on').to.equal('push');
    });
  }
});
