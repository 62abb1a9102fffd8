import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { createPoll } from '../../src/approval/poll-routes.ts';
import { viewVersion } from '../../src/approval/view-version.ts';
import { createWakeHub } from '../../src/approval/wake-hub.ts';
import { lastResort } from '../../src/http/last-resort.ts';
import { createParkedLimits } from '../../src/limits/parked.ts';
import { hashBrowser } from '../../src/session/browser-cookie.ts';
import { sampleChallenge } from '../support/sample-challenge.ts';
import { tempStore } from '../support/temp-store.ts';

describe('http/last-resort: what fails ahead of Koa ends its own request alone', () => {
  const failed: { error: unknown; requestId: string }[] = [];
  const note = (error: unknown, requestId: string) => void failed.push({ error, requestId });
  beforeEach(() => failed.splice(0));

  async function served(listener: RequestListener, work: (url: string) => Promise<void>): Promise<void> {
    const server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  it('a listener that throws: 500 with a request id that is in the log, and the next request is answered', async () => {
    const listener = lastResort((request, response) => {
      if (request.url === '/bad') throw new TypeError('nobody thought of this');
      if (request.url === '/half') {
        response.write('half an ');
        throw new TypeError('nor of this');
      }
      response.end('good');
    }, note);
    await served(listener, async (url) => {
      const bad = await fetch(`${url}/bad`);
      expect(bad.status).to.equal(500);
      expect(await bad.text()).to.not.include('nobody');
      expect(bad.headers.get('x-request-id')).to.equal(failed[0]?.requestId);
      const half = await fetch(`${url}/half`)
        .then((response) => response.text())
        .catch((error: Error) => error);
      expect(half).to.be.instanceOf(Error);
      expect(failed.map(({ error }) => String(error))).to.deep.equal([
        'TypeError: nobody thought of this',
        'TypeError: nor of this',
      ]);
      expect(await (await fetch(`${url}/good`)).text()).to.equal('good');
    });
  });

  it('a poll that fails between its look and its place: 500, and its place is free', async () => {
    const browser = 'B'.repeat(43);
    const challenge = sampleChallenge('acct-ada.AAAAAAAAAAAAAAAAAAAAAA', { browser: hashBrowser(browser) });
    const now = challenge.createdAt;
    const { store, close } = await tempStore();
    const hub = await createWakeHub(store);
    const roomy = 10;
    const poll = createPoll({
      approvals: { find: async () => ({ challenge, state: 'pending', now }) },
      hub,
      parked: createParkedLimits({
        perInteraction: roomy,
        perAccount: roomy,
        perAddress: roomy,
        perProcess: roomy,
      }),
      issuer: 'http://localhost',
      holdMs: 60_000,
      neighbourOf: () => {
        throw new TypeError('an address that is none');
      },
      headers: {},
      onFailed: note,
    });
    const version = viewVersion(challenge, 'pending');
    try {
      await served(poll.answer, async (url) => {
        const answer = await fetch(`${url}/interaction/x/poll?c=${challenge.chain}&v=${version}`, {
          headers: { cookie: `browser=${browser}` },
        });
        expect(answer.status).to.equal(500);
        expect(await answer.json()).to.deep.equal({ error: 'try_again' });
        expect(String(failed[0]?.error)).to.equal('TypeError: an address that is none');
        expect(hub.size).to.equal(0);
      });
    } finally {
      await hub.close();
      await close();
    }
  });
});
