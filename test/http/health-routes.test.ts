import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import Koa from 'koa';
import { healthRouter } from '../../src/http/health-routes.ts';

describe('http/health-routes', () => {
  it('R50: anybody may ask for readiness, and however many ask at once, the store is tried once', async () => {
    let checks = 0;
    let fail = false;
    let free: () => void = () => {};
    const router = healthRouter(
      {
        engine: 'embedded',
        check: async () => {
          checks++;
          await new Promise<void>((resolve) => {
            free = resolve;
          });
          if (fail) throw new Error('away');
        },
      },
      { stopping: false },
    );
    const app = new Koa();
    let asked = 0;
    app.use((_ctx, next) => {
      asked++;
      return next();
    });
    app.use(router.routes());
    const server = createServer(app.callback());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/readyz`;
    try {
      for (const [away, status] of [
        [false, 200],
        [true, 503],
      ] as const) {
        [fail, checks, asked] = [away, 0, 0];
        const answers = Array.from({ length: 20 }, () => fetch(url));
        while (asked < 20) await new Promise(setImmediate);
        free();
        expect((await Promise.all(answers)).map((answer) => answer.status)).to.deep.equal(
          Array(20).fill(status),
        );
        expect(checks).to.equal(1);
      }
    } finally {
      server.close();
    }
  });
});
