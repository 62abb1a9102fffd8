import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { resetClock } from '../support/clock.ts';
import { type CountingStore, countingStore } from '../support/counting-store.ts';
import { createSlowStore } from '../support/slow-store.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

describe('approval/poll: parked ahead of everything else', () => {
  let world: World;
  let counting: CountingStore;
  const slow = createSlowStore();
  const logged: string[] = [];
  before(async () => {
    world = await createWorld({
      config: { limits: { longPoll: { perInteraction: 2 } } },
      wrapStore: (store) => {
        counting = countingStore(slow.wrap(store));
        return counting.store;
      },
      onLog: (line) => logged.push(JSON.stringify(line)),
    });
  });
  beforeEach(() => world.forgetOpen());
  afterEach(resetClock);
  after(() => world.close());

  /** A browser at the waiting page, and its poll: `version` of what the page shows, or of something else. */
  async function waiting() {
    const browser = new TestBrowser();
    const { page } = await world.walk(browser, world.authorize(), { until: 'push' });
    const path = /data-poll="([^"]+)"/.exec(page.text)![1]!.replaceAll('&amp;', '&');
    const version = /data-version="([^"]+)"/.exec(page.text)![1]!;
    const cookie = browser.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    const ask = (v = version, method = 'GET', target = path) => send(`${target}&v=${v}`, method, cookie);
    return { page, path, version, ask, browser };
  }

  function send(path: string, method: string, cookie: string) {
    let request!: ClientRequest;
    const answer = new Promise<{ status: number; headers: IncomingMessage['headers']; text: string }>(
      (done, failed) => {
        request = httpRequest(`${world.issuer}${path}`, { method, headers: { cookie } }, async (response) => {
          let text = '';
          for await (const chunk of response) text += String(chunk);
          done({ status: response.statusCode ?? 0, headers: response.headers, text });
        });
        request.on('error', failed).end();
      },
    );
    answer.catch(() => {}); // one that is torn down on purpose
    return { request, answer };
  }

  /** Until the poll has looked. */
  async function parked(start: () => ReturnType<typeof send>) {
    counting.reset();
    const poll = start();
    await until(() => counting.calls().filter((call) => call === 'get').length === 1);
    return poll;
  }

  it('R51: a browser that goes away while parked costs no look at the store, and gives its place back', async () => {
    const { ask, page } = await waiting();
    for (let i = 0; i < 6; i++) {
      const poll = await parked(() => ask());
      counting.reset();
      poll.request.destroy();
      await poll.answer.catch(() => {});
    }
    // Two places an interaction: all six have left theirs.
    const last = await parked(() => ask());
    expect(counting.calls()).to.deep.equal(['get', 'now']);
    await world.person('alice').device!.approve(world.number(page));
    expect(JSON.parse((await last.answer).text)).to.include({ state: 'approved' });
  });

  it('an answer tells it what it shows: the store is not asked once more', async () => {
    const { ask, page } = await waiting();
    const poll = await parked(() => ask());
    const device = world.person('alice').device!;
    const challenge = await device.newest();
    counting.reset();
    await device.client.answer(challenge, 'approve', { number: world.number(page) });
    expect(JSON.parse((await poll.answer).text)).to.include({ state: 'approved' });
    // The answer's own: the challenge, the device and the account; the time.
    const asked = counting.calls().filter((verb) => verb === 'get' || verb === 'now');
    expect(asked).to.deep.equal(['get', 'get', 'get', 'now']);
  });

  it('F15: what happens between its look and its wait is not missed', async () => {
    const { ask, page } = await waiting();
    counting.reset();
    // The look has the record of before the answer, and still waits for the time, when it is told.
    const held = slow.hold('now');
    const poll = ask();
    await held.reached;
    await until(() => counting.calls().includes('get'));
    await world.person('alice').device!.approve(world.number(page));
    held.release();
    expect(JSON.parse((await poll.answer).text)).to.include({ state: 'approved' });
  });

  it('a third poll of one interaction is asked to come back later', async () => {
    const { ask, browser, page } = await waiting();
    const two = [await parked(() => ask()), await parked(() => ask())];
    const third = await ask().answer;
    expect(third.status).to.equal(429);
    expect(third.headers['retry-after']).to.equal('5');
    expect(JSON.parse(third.text)).to.deep.equal({ error: 'too_many_waiting' });
    await browser.request(`${page.url}/cancel`, { form: {} });
    for (const { answer } of two) expect((await answer).status).to.equal(200);
  });

  it('R39: its answers carry the headers of every page, a request id, and are kept nowhere', async () => {
    const { ask } = await waiting();
    const page = await fetch(`${world.issuer}/`);
    const { status, headers } = await ask('another').answer;
    expect(status).to.equal(200);
    for (const name of [
      'content-security-policy',
      'x-content-type-options',
      'x-frame-options',
      'referrer-policy',
    ]) {
      expect(headers[name], name).to.equal(page.headers.get(name)).and.to.be.a('string');
    }
    expect(headers['cache-control']).to.equal('no-store');
    expect(headers['x-request-id']).to.match(/^[0-9a-f]{16}$/);
    expect(headers['set-cookie']).to.equal(undefined);
  });

  it('a HEAD is answered without a body, and a POST is no poll', async () => {
    const { ask } = await waiting();
    const head = await ask('another', 'HEAD').answer;
    expect([head.status, head.text]).to.deep.equal([200, '']);
    expect((await ask('another', 'POST').answer).status).to.equal(404);
  });

  it('R30: without the cookie, with a parameter twice, or with a chain that is none, it is not theirs', async () => {
    const { path, ask } = await waiting();
    const bare = await send(`${path}&v=x`, 'GET', '').answer;
    const twice = await ask('x', 'GET', `${path}&c=${'A'.repeat(43)}`).answer;
    const none = await ask('x', 'GET', path.replace(/c=[^&]+/, 'c=%00')).answer;
    for (const { status, text } of [bare, twice, none]) {
      expect(status).to.equal(403);
      expect(JSON.parse(text)).to.deep.equal({ error: 'not_yours' });
    }
  });
});

async function until(met: () => boolean): Promise<void> {
  for (const end = performance.now() + 10_000; !met(); ) {
    if (performance.now() > end) throw new Error('it never happened');
    await new Promise((done) => setImmediate(done));
  }
}
