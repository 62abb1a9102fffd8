import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

/** Sockets that are given up, or never say what they want. */
describe('sockets nobody finishes', () => {
  let world: World;
  before(async () => {
    world = await createWorld({ config: { http: { requestTimeout: '1s' } } });
  });
  after(() => world.close());

  const open = () => readdirSync('/proc/self/fd').length;

  it('F24 R51: polls that are given up, hundreds in a row, leave no socket and no place behind', async () => {
    const browser = new TestBrowser();
    const { page } = await world.walk(browser, world.authorize(), { until: 'push' });
    const path = /data-poll="([^"]+)"/.exec(page.text)![1]!.replaceAll('&amp;', '&');
    const version = /data-version="([^"]+)"/.exec(page.text)![1]!;
    const cookie = browser.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    const poll = () => request(`${world.issuer}${path}&v=${version}`, { headers: { cookie }, agent: false });
    /** Parked, when nothing comes back at once; a refused one is answered in a moment. */
    const parked = async () => {
      const sent = poll();
      const refused = new Promise<number>((resolve) => {
        sent.on('response', (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        });
        sent.on('error', () => {});
      });
      sent.end();
      await new Promise<void>((resolve) => {
        sent.once('finish', resolve);
      });
      // Another request goes there and back: by then the first has been looked at.
      expect((await fetch(`${world.issuer}/readyz`)).status).to.equal(200);
      return { sent, refused };
    };

    const before = open();
    for (let i = 0; i < 150; i++) {
      const two = [poll(), poll()];
      for (const one of two) {
        one.on('error', () => {});
        one.end();
      }
      await Promise.all(two.map((one) => new Promise<void>((resolve) => one.once('finish', resolve))));
      if (i % 2 === 0) await fetch(`${world.issuer}/readyz`);
      for (const one of two) one.destroy();
    }
    await until(() => open() <= before + 2);
    const two = [await parked(), await parked()];
    const third = await parked();
    expect(await third.refused, 'the third one').to.equal(429);
    const waits = new Promise<'waits'>((resolve) => {
      setImmediate(resolve, 'waits');
    });
    for (const { refused } of two) expect(await Promise.race([refused, waits])).to.equal('waits');
    for (const { sent } of two) sent.destroy();
  });

  it('F24: clients that send their header or body byte by byte are cut off, and others are answered meanwhile', async function () {
    this.timeout(30_000);
    const before = open();
    const { port, hostname } = new URL(world.issuer);
    const starts = [
      'GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: ',
      'POST /token HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 5000\r\n\r\n',
    ];
    const sockets: Socket[] = [];
    let closed = 0;
    for (let i = 0; i < 200; i++) {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => {});
      socket.on('close', () => {
        closed += 1;
      });
      socket.resume();
      socket.write(starts[i % 2]!);
      sockets.push(socket);
    }
    const trickle = setInterval(() => {
      for (const socket of sockets) if (socket.writable) socket.write('a');
    }, 100);
    try {
      await until(async () => {
        expect((await fetch(`${world.issuer}/readyz`)).status).to.equal(200);
        return closed === sockets.length;
      });
    } finally {
      clearInterval(trickle);
    }
    await until(() => open() <= before + 2);
  });
});

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('waited 20 s');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
