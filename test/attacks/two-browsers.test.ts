import { expect } from 'chai';
import type { Challenge } from '../../src/approval/challenge.ts';
import { keys } from '../../src/store/keys.ts';
import { TestBrowser, type TestPage } from '../support/test-browser.ts';
import { forgetConsent } from '../support/walk-steps.ts';
import { createWorld, type World } from '../support/walk-world.ts';

const WHOSE = ['A', 'B', 'none'] as const;
type Whose = (typeof WHOSE)[number];

/** The cookies that decide whose a request is; each with its signature. */
const DECIDING = ['browser', 'interaction', 'session'] as const;

describe('attacks: every cookie of two browsers at every address of theirs', function () {
  this.timeout(60_000);
  let world: World;
  before(async () => {
    world = await createWorld();
  });
  beforeEach(async () => {
    await world.forgetOpen();
    await forgetConsent(world, 'app');
  });
  after(() => world.close());

  const waiting = async (name: 'alice' | 'bob') => {
    const browser = new TestBrowser();
    await browser.request(`${world.issuer}/device`); // gives it a session cookie, signed in to nothing
    const { page } = await world.walk(browser, world.authorize(), { until: 'push', name });
    const poll = /data-poll="([^"]+)"/.exec(page.text)![1]!.replaceAll('&amp;', '&');
    const uid = page.url.split('/').at(-1)!;
    return { browser, page, uid, poll: `${world.issuer}${poll}&v=x`, chain: /c=([\w-]+)/.exec(poll)![1]! };
  };
  type Waiting = Awaited<ReturnType<typeof waiting>>;

  const stateOf = async ({ chain }: Waiting) =>
    (await world.store.get<Challenge>(keys.challenge(chain)))!.value!.state;

  /** Sent by hand: a browser keeps a path's cookies to itself, an attacker does not. */
  const cookieHeader = (from: Readonly<Record<string, Waiting | undefined>>) =>
    Object.entries(from)
      .flatMap(([name, owner]) =>
        (owner?.browser.cookies ?? []).filter(
          (cookie) =>
            cookie.name.replace(/\.sig$/, '') === name &&
            (cookie.path === '/' || cookie.path.endsWith(owner!.uid)),
        ),
      )
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  const send = async (url: string, cookie: string, form?: Record<string, string>) => {
    const jar = new TestBrowser();
    return { jar, ...(await jar.request(url, { headers: { cookie }, ...(form ? { form } : {}) })) };
  };

  const combinations = WHOSE.flatMap((browser) =>
    WHOSE.flatMap((interaction) => WHOSE.map((session) => ({ browser, interaction, session }))),
  );

  it(`R30 R6 F21: ${combinations.length} combinations at page, poll, send, cancel and continue: only a browser with both of its own gets anything`, async () => {
    const [a, b] = [await waiting('alice'), await waiting('bob')];
    for (const { browser: one } of [a, b])
      for (const name of DECIDING) expect(one.cookie(name), name).to.be.a('string');
    await world.person('alice').device!.approve(world.number(a.page));
    await world.person('bob').device!.approve(world.number(b.page));
    const pick = (whose: Whose) => ({ A: a, B: b, none: undefined })[whose];
    for (const [owner, mine] of Object.entries({ A: a, B: b })) {
      for (const one of combinations) {
        const cookie = cookieHeader({
          browser: pick(one.browser),
          interaction: pick(one.interaction),
          session: pick(one.session),
        });
        const label = `${owner}: ${JSON.stringify(one)}`;
        const own = one.browser === owner && one.interaction === owner;
        const [shown, polled] = [await send(mine.page.url, cookie), await send(mine.poll, cookie)];
        expect(shown.status, label).to.be.oneOf(own ? [200] : [400, 403]);
        // A poll says how the request stands, to the browser that began it.
        expect(polled.status, label).to.be.oneOf(one.browser === owner ? [200] : [400, 403]);
        expect(polled.text, label).not.to.include(world.number(mine.page));
        if (own) continue;
        expect(shown.text, label).not.to.include(world.number(mine.page));
        for (const step of ['send', 'cancel', 'continue', 'consent', 'password']) {
          const { status } = await send(`${mine.page.url}/${step}`, cookie, {});
          expect(status, `${label} ${step}`).to.be.oneOf([400, 403]);
        }
      }
    }
    expect([await stateOf(a), await stateOf(b)], 'nothing was spent').to.deep.equal(['approved', 'approved']);
    for (const [name, { browser, page }] of [
      ['alice', a],
      ['bob', b],
    ] as const) {
      const walked = await world.walk(browser, await world.post(browser, page, 'continue'), { name });
      expect(walked.code, name).to.be.a('string');
    }
  });

  it('R30 F21: the same at the resume: only the browser that was approved gets its code', async () => {
    const [a, b] = [await waiting('alice'), await waiting('bob')];
    await world.person('alice').device!.approve(world.number(a.page));
    await world.person('bob').device!.approve(world.number(b.page));
    const left: TestPage[] = [];
    for (const { browser, page } of [a, b])
      left.push(await browser.request(`${page.url}/continue`, { form: {} }));
    const pick = (whose: Whose) => ({ A: a, B: b, none: undefined })[whose];
    for (const [n, owner] of (['A', 'B'] as const).entries()) {
      for (const one of combinations) {
        // The two of one browser resume its own chain, whatever the address says.
        if (one.browser !== 'none' && one.browser === one.interaction) continue;
        const cookie = cookieHeader({
          browser: pick(one.browser),
          resume: pick(one.interaction),
          session: pick(one.session),
        });
        const answer = await send(left[n]!.next!, cookie);
        const label = `${owner}: ${JSON.stringify(one)}`;
        expect(answer.status, label).to.be.oneOf([400, 403]);
        expect(answer.next, label).to.equal(undefined);
        // It may be given a session cookie that is signed in to nothing.
        const { prompts } = await world.walk(answer.jar, world.authorize(), { until: 'login' });
        expect(prompts, label).to.equal('login');
      }
    }
    for (const [n, { browser }] of [a, b].entries())
      expect(world.promptOf(await browser.open(left[n]!.next!))).to.equal('consent');
  });
});
