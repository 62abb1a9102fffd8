import { expect } from 'chai';
import { names } from '../../src/store/keys.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

/** What belongs to the chain itself: its own pages, which other tests walk. */
const OF_THE_CHAIN = /^\/interaction\/:uid\/(password|send|cancel|continue)$/;

describe('walk: half signed in, against every route of the server', () => {
  let world: World;
  before(async () => {
    world = await createWorld();
  });
  after(() => world.close());

  it('R25 R31 R56: the password alone opens nothing and changes nothing', async () => {
    const browser = new TestBrowser();
    const { page } = await world.walk(browser, world.authorize(), { until: 'push' });
    const uid = page.url.split('/').at(-1)!;
    const { sub } = world.person('alice').account;
    const { devices, accounts } = world.server.services;
    const before = { devices: await devices.list(sub), account: await accounts.get(sub) };

    const tried: string[] = [];
    for (const { methods, path } of world.server.server.routes) {
      if (OF_THE_CHAIN.test(path)) continue;
      const url = world.issuer + path.replace(':uid', uid).replace(/:\w+|\{?\/?\*\w+\}?/g, uid);
      for (const method of methods) {
        if (!['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].includes(method)) continue;
        tried.push(`${method} ${path}`);
        const copy = browser.clone();
        const answer =
          method === 'GET' || method === 'POST'
            ? await copy.request(url, method === 'POST' ? { form: {} } : {})
            : await fetch(url, {
                method,
                headers: { origin: world.issuer, 'sec-fetch-site': 'same-origin' },
              });
        expect(answer.status, `${method} ${path}`).to.be.lessThan(500);
        const next = 'next' in answer ? (answer.next ?? '') : '';
        expect(next, `${method} ${path}`).not.to.match(/[?&]code=/);
      }
    }
    expect(tried.length).to.be.greaterThan(35);
    expect(tried).to.include('GET /interaction/:uid').and.include('GET /authorize');

    const sessions = await world.store.index.page(names.sessions(sub), { limit: 10 });
    expect(sessions.entries).to.deep.equal([]);
    expect(await devices.list(sub)).to.deep.equal(before.devices);
    expect(await accounts.get(sub)).to.deep.equal(before.account);
    expect(await world.person('alice').device!.waiting()).to.have.length(1);
  });
});
